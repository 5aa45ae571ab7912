"""A rolling restart of two workers under load, and a third that joins: how long a report of each partition waits."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from pipeline.engine.partitioner import partition_of
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.bench import until
from tests.engine.kafka_tools import PARTITIONS
from tests.engine.pace import Watcher, pace_between
from tests.engine.scene import Scene
from tests.engine.silence import expired
from tests.engine.workers import ToyWorker

GAP_S = 3.0
EVERY_S = 0.02


@dataclass(frozen=True)
class Wait:
    """The longest that a report of a partition lay unhandled, seconds, and the machine's pace meanwhile."""

    wall_s: float
    pace: float

    @property
    def idle_s(self) -> float:
        """How long it would have been on an idle machine. No machine excuses a session that ran out: the broker tells."""
        return self.wall_s * self.pace


@asynccontextmanager
async def load(scene: Scene) -> AsyncIterator[list[int]]:
    """Sends an urgent report to every partition every 20 ms; yields their ids."""
    sent: list[int] = []

    async def stream() -> None:
        cases = [f"c{number}".encode() for number in range(400)]
        homes = [[case for case in cases if partition_of(case, PARTITIONS) == p] for p in range(PARTITIONS)]
        producer = AIOKafkaProducer(bootstrap_servers=scene.bootstrap)
        await producer.start()
        try:
            for turn in itertools.count():
                for partition, home in enumerate(homes):
                    case = home[turn % len(home)]
                    value = orjson.dumps({"id": len(sent) * 5, "case": case.decode(), "urgent": True})
                    await producer.send(f"{scene.prefix}-reports", value, key=case, partition=partition)
                    sent.append(len(sent) * 5)
                await asyncio.sleep(EVERY_S)
        finally:
            await producer.stop()

    task = asyncio.create_task(stream())
    try:
        yield sent
    finally:
        task.cancel()
        await asyncio.wait({task})


async def waits(scene: Scene, watcher: Watcher) -> dict[int, Wait]:
    """Returns per partition the report that waited longest, from its sender's hands to its alert; by the records' times."""
    sent = {
        orjson.loads(one.value or b"")["id"]: one.timestamp_ms / 1000
        for one in await kafka_tools.read_all(scene.bootstrap, f"{scene.prefix}-reports")
    }
    looks, found = watcher.looks(), dict[int, Wait]()
    for alert in await kafka_tools.read_all(scene.bootstrap, f"{scene.prefix}-alerts"):
        begin_s, end_s = sent[orjson.loads(alert.value or b"")["id"]], alert.timestamp_ms / 1000
        known = found.setdefault(alert.partition, Wait(0.0, 1.0))
        if end_s - begin_s > known.idle_s:  # else it is no worse, whatever the machine did
            one = Wait(end_s - begin_s, pace_between(looks, begin_s, end_s))
            found[alert.partition] = max(known, one, key=lambda wait: wait.idle_s)
    return found


def openings(worker: ToyWorker) -> list[int]:
    """Returns the partitions a worker has opened over its life."""
    return sorted(line["partition"] for line in worker.events("partition open"))


@pytest.mark.timeout(400)  # six Python processes start: 20 s on an idle machine, over a minute on a busy one
async def test_a_rolling_restart_under_load_stops_no_partition_for_three_seconds(
    broker: EmbeddedKafka, tmp_path: Path
) -> None:
    """Two workers are replaced, a third joins: no report waits longer, each counts once, and one partition has moved."""
    scene = Scene(broker.bootstrap, tmp_path)
    await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix)
    try:
        with Watcher(tmp_path) as watcher:
            workers = [scene.start(name, max_batch=50) for name in ("a0", "b0")]
            for worker in workers:
                await worker.opened(2, 90)
            async with load(scene) as sent:
                await until(lambda: len(sent) > 600, 60)
                for number in (0, 1):
                    assert await workers[number].stop() == 0
                    workers[number] = scene.start(f"{'ab'[number]}1", max_batch=50)
                    await workers[number].opened(2, 90)
                before = [len(openings(worker)) for worker in workers]
                third = scene.start("c0", max_batch=50)
                await third.opened(1, 90)
                seen = len(sent)
                await until(lambda: len(sent) > seen + 100, 60)
            await scene.drained(90)
            found = await waits(scene, watcher)
    finally:
        for worker in scene.workers:
            worker.kill()
    account = await scene.account()
    assert account.reports == len(sent)
    assert account.exactly_once, account
    assert expired(broker, f"{scene.prefix}-toy") == []
    assert len(openings(third)) == 1
    assert [len(openings(worker)) for worker in workers] == before
    assert sorted(found) == list(range(PARTITIONS))
    sys.stderr.write(f"waits by partition: {found}\n")  # shown with -s, and when it fails
    assert max(wait.idle_s for wait in found.values()) < GAP_S, found
