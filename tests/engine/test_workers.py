"""Whole worker processes on a real Kafka: killed, suspended, joined, left, stopped, poisoned."""

import asyncio
import json
import random
import re
import signal
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pipeline.engine import Budgets
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.bench import until
from tests.engine.scene import Scene
from tests.engine.silence import expired

OF_EACH_STAGE = (
    "brudvagt_stage_lag_records",
    "brudvagt_stage_stable_offset_lag_records",
    "brudvagt_stage_oldest_unhandled_seconds",
    "brudvagt_stage_transactions_total",
    "brudvagt_stage_transaction_duration_seconds_count",
    "brudvagt_stage_rebalances_total",
    "brudvagt_stage_takeover_seconds_count",
    "brudvagt_stage_recovery_seconds_count",
    "brudvagt_stage_timers_armed",
    "brudvagt_stage_timer_lateness_seconds_count",
)
"""What the design asks of the engine, per stage; the clock's offset is the process's."""

MANY = 3000
"""At 20 ms each a worker with four partitions is busy with them for 15 s at least: it is in the middle whenever we look."""


def lacking(shown: str, stage: str) -> list[str]:
    """Returns which metrics are not there for a stage."""
    names = [one for one in OF_EACH_STAGE if re.search(rf'^{one}{{.*stage="{stage}"', shown, re.MULTILINE) is None]
    return names if "\nbrudvagt_clock_offset_seconds " in shown else [*names, "clock offset"]


@pytest.fixture
async def scene(broker: EmbeddedKafka, tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene; no worker survives it."""
    made = Scene(broker.bootstrap, tmp_path)
    await kafka_tools.create_toy_topics(made.bootstrap, made.prefix)
    async with finishing(made):
        yield made


@asynccontextmanager
async def finishing(made: Scene) -> AsyncIterator[None]:
    """Kills what is left at the end."""
    try:
        yield
    finally:
        for worker in made.workers:
            worker.kill()


async def test_kill_9_at_random_moments_loses_nothing_and_doubles_nothing(scene: Scene) -> None:
    """Five kills while 2,000 reports are worked off; then every report and every alert is there exactly once."""
    chance = random.Random(7)
    await scene.report(range(2000))
    for _ in range(5):
        worker = scene.start(max_batch=10, delay_s=0.001, instance="same")
        await worker.opened(1)
        await asyncio.sleep(chance.uniform(0.0, 0.3))  # the moment is the test's subject
        worker.kill()
    last = scene.start(instance="same")
    await scene.drained()
    assert await last.stop() == 0
    await scene.exactly_once(2000)


async def test_a_worker_suspended_past_its_session_is_fenced_and_ends_with_70(
    scene: Scene, broker: EmbeddedKafka
) -> None:
    """Another worker takes over meanwhile; the zombie's batch is not committed when it wakes."""
    zombie = scene.start("zombie", max_batch=20, delay_s=0.02)
    await zombie.opened(4)
    await scene.report(range(MANY))
    await scene.acknowledged_at_least(1)  # in the middle of the next batch, with seconds of work to come
    zombie.signal(signal.SIGSTOP)
    suspended = time.monotonic()
    other = scene.start("other")
    await other.opened(4)
    await scene.drained()
    zombie.signal(signal.SIGCONT)
    suspended_s = time.monotonic() - suspended
    assert await zombie.ended() == 70
    critical = zombie.events("worker ends with exit status 70")
    # Suspended for so long, on a slow machine, that its watchdog may notice before its next commit is refused.
    watchdog = suspended_s > Budgets().blocked_s - 1 and "event loop blocked" in zombie.text()
    assert len(critical) == 1 or watchdog
    assert await other.stop() == 0
    assert expired(broker, f"{scene.prefix}-toy")
    await scene.exactly_once(MANY)


async def test_workers_join_and_leave_without_rereading_kept_partitions(scene: Scene) -> None:
    """The first of two workers keeps two of its four partitions open through a join and a leave under load."""
    first = scene.start("first", max_batch=20)
    await first.opened(4)
    await scene.report(range(500))
    second = scene.start("second", max_batch=20)
    await second.opened(2)
    await scene.report(iter(range(500, 1000)))
    assert await second.stop() == 0
    await first.opened(6)
    await scene.report(iter(range(1000, 1500)))
    await scene.drained()
    assert await first.stop() == 0
    opened = Counter(line["partition"] for line in first.events("partition open"))
    assert sorted(opened.values()) == [1, 1, 2, 2]
    assert [len(line["kept"]) for line in first.events("assignment")] == [0, 2, 2]
    await scene.exactly_once(1500)


async def test_poison_is_survived_by_a_restarted_worker_and_its_text_is_not_logged(scene: Scene) -> None:
    """A record whose handling raises ends two processes, then it is a dead letter; no log shows what it said."""
    await scene.report(range(100))
    statuses = []
    while True:
        worker = scene.start(poison_ids=[42], instance="same")
        await worker.opened(4)
        await until(lambda worker=worker: worker.status is not None or bool(worker.events("given up as poison")))  # type: ignore[misc]
        if worker.status is None:
            break
        statuses.append(worker.status)
    await scene.drained()
    assert await worker.stop() == 0
    assert statuses == [70, 70]
    assert await scene.ids() == Counter(number for number in range(100) if number != 42)
    dead = await kafka_tools.read_all(scene.bootstrap, f"{scene.prefix}-dead")
    assert [one.headers for one in dead] == [(("attempts", b"3"),)]
    log = "".join(one.text() for one in scene.workers)
    assert f"{scene.prefix}-reports[" in log  # the record is named
    assert "a secret text" not in log


async def test_a_graceful_stop_ends_the_work_in_flight_and_health_tells_the_truth(scene: Scene) -> None:
    """TERM in the middle of slow batches: status 0, each batch committed or untouched; /readyz and /metrics answer, on
    127.0.0.1 alone as nothing else was said."""
    worker = scene.start(max_batch=10, delay_s=0.02, port=0)
    await worker.opened(4)
    port = worker.events("health server listens")[0]["port"]

    def get(path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()

    assert await asyncio.to_thread(get, "/healthz") == (200, '{"status": "alive"}')
    with pytest.raises(OSError, match=r"refused|assign"):  # another address of this machine
        socket.create_connection(("127.0.0.2", port), 5).close()
    status, ready = await asyncio.to_thread(get, "/readyz")
    assert (status, json.loads(ready)["ready"]) == (200, True)
    await scene.report(range(MANY))
    name = f'brudvagt_stage_transactions_total{{outcome="committed",stage="{scene.prefix}-toy"}}'
    await until(lambda: f"{name} 0.0" not in get("/metrics")[1])
    await until(lambda: lacking(get("/metrics")[1], f"{scene.prefix}-toy") == [], what="every metric")  # once a second
    assert await worker.stop() == 0
    assert len(worker.events("partition closed")) == 4
    before = await scene.ids()
    assert 0 < len(before) < MANY
    assert set(before.values()) == {1}
    again = scene.start()
    await scene.drained()
    assert await again.stop() == 0
    await scene.exactly_once(MANY)


async def test_a_graceful_stop_keeps_the_results_of_side_effects_under_way(scene: Scene) -> None:
    """TERM while one runs: it has half of the grace, and what it brought is committed before the worker ends with 0."""
    worker = scene.start(effect_s=3.0)
    await worker.opened(4)
    await scene.report(range(1))
    await until(lambda: bool(worker.events("side effect begins")))
    assert await worker.stop() == 0
    assert [alert for alert in await scene.alerts() if "effect" in alert] == [{"effect": "c0", "brought": "sent"}]


@pytest.mark.parametrize(("how", "reason"), [("raises", "ended"), ("returns", "returned")])
async def test_however_an_agent_ends_is_the_end_of_the_process(scene: Scene, how: str, reason: str) -> None:
    """Code around the block that raises, or a loop that is left: Faust would restart the agent, or idle beside it."""
    worker = scene.start(agent_ends=how)
    await worker.opened(4)
    await scene.report(range(10))
    assert await worker.ended() == 70
    (line,) = worker.events("worker ends with exit status 70")
    assert line["reason"] == f"agent of stage {scene.prefix}-toy {reason}"
    assert "a secret text" not in worker.text()


async def test_missing_topics_are_named_and_end_with_70(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """A worker without its topics says which are missing, in its one critical line."""
    made = Scene(broker.bootstrap, tmp_path)
    async with finishing(made):
        worker = made.start()
        assert await worker.ended() == 70
        (line,) = worker.events("worker ends with exit status 70")
        assert f"{made.prefix}-reports" in line["detail"]
