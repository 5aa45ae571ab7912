"""A broker of the test's own, frozen past every session and killed under load: the short version of what chaos does to it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.account import Account
from tests.engine.keeper import Keeper
from tests.engine.scene import Scene
from tests.engine.torment import stream
from tests.kafka.secured import CA, CLIENT, door_settings, free_ports

REPORTS = 1500
FROZEN_S = 9.0
"""Past the worker's session of 6 s; the 20 s that the budgets promise are chaos' to try."""


@dataclass(frozen=True)
class Own:
    """A Kafka, the thread that has started it (its directory's lock is the thread's), and the worker's way in."""

    broker: EmbeddedKafka
    thread: ThreadPoolExecutor
    url: str


@pytest.fixture(params=["plain", "TLS"])
async def own(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Own]:
    """A broker of the test's own; workers come in the open, or over TLS with a certificate of their own."""
    at, loop = free_ports(), asyncio.get_running_loop()
    url = f"kafka+ssl://localhost:{at.client_certificate}?ca={CA}&cert={CLIENT[0]}&key={CLIENT[1]}"
    secured = request.param == "TLS"
    broker = EmbeddedKafka(tmp_path / "kafka", port=at.plain, overrides=door_settings(at) if secured else {})
    with ThreadPoolExecutor(1) as thread:
        await loop.run_in_executor(thread, broker.start)
        try:
            yield Own(broker, thread, url if secured else "")
        finally:
            await loop.run_in_executor(thread, broker.stop)


@pytest.mark.timeout(300)
async def test_a_frozen_broker_is_waited_for_and_a_killed_one_loses_nothing(own: Own, tmp_path: Path) -> None:
    """The same worker goes on after the freeze; after the kill it goes on or starts again; each report counts once."""
    broker = own.broker
    scene = Scene(broker.bootstrap, tmp_path)
    await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix)
    with contextlib.ExitStack() as ends:
        keeper = Keeper(lambda: scene.start(max_batch=20, delay_s=0.0005, scatter=True, url=own.url))
        ends.callback(keeper.stop)
        first = keeper.worker
        await first.opened(4, 90)
        sending = asyncio.create_task(stream(scene, REPORTS, 10.0))
        ends.callback(sending.cancel)
        before = await scene.acknowledged_at_least(1)
        os.kill(broker.pid, signal.SIGSTOP)
        await asyncio.sleep(FROZEN_S)  # the freeze is the test's subject
        os.kill(broker.pid, signal.SIGCONT)
        await scene.acknowledged_at_least(before + 1)  # work goes on
        assert (keeper.worker, first.status) == (first, None), first.text()[-3000:]
        os.kill(broker.pid, signal.SIGKILL)
        await asyncio.get_running_loop().run_in_executor(own.thread, broker.restart)
        await sending
        await scene.acknowledged_at_least(REPORTS, 120)
        assert set(keeper.exits) <= {70}
    assert await scene.account() == Account(
        REPORTS, unread=0, lost=0, counted_twice=0, alerts_missing=0, alerts_doubled=0
    )
