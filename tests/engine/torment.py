"""What the long proof does to workers and broker, and the stream of reports that runs meanwhile."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import orjson
from aiokafka import AIOKafkaProducer

from pipeline.engine.partitioner import partition_of
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.bench import until
from tests.engine.keeper import Keeper
from tests.engine.scene import Scene

SUSPENDED_S, FROZEN_S = 12.0, 20.0
"""A suspension outlasts the session of 6 s; a freeze of the broker is the longest that must pass without loss."""

ACTS = {
    "kill -9": 16,
    "TERM, and join again": 3,
    "suspended 12 s": 1,
    "broker kill -9": 1,
    "broker frozen 20 s": 1,
}
"""How often each happens, in random order; the two workers take turns by chance."""


async def stream(scene: Scene, count: int, over_s: float) -> None:
    """Sends the reports in portions over the given time; idempotent, so that an outage doubles nothing by itself."""
    async with _sender(scene) as send:
        portion = 100
        for first in range(0, count, portion):
            await send(range(first, min(first + portion, count)))
            await asyncio.sleep(over_s * portion / count)


class Load:
    """Reports without end: `sent` of them so far. `async with Load(scene) as load: …` has sent the last when it ends."""

    PORTION, PAUSE_S = 10, 0.2

    def __init__(self, scene: Scene) -> None:
        """Names the scene; nothing is sent yet."""
        self._scene, self._ended = scene, asyncio.Event()
        self.sent = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if error is not None:
            self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _send(self) -> None:
        async with _sender(self._scene) as send:
            while not self._ended.is_set():
                await send(range(self.sent, self.sent + self.PORTION))
                self.sent += self.PORTION
                await asyncio.sleep(self.PAUSE_S)  # the load's own pace; nothing waits for it


@asynccontextmanager
async def _sender(scene: Scene) -> AsyncIterator[Callable[[Iterable[int]], Awaitable[None]]]:
    """Yields what sends reports of these numbers and waits until they are taken: every fifth urgent, ten per case."""
    producer = AIOKafkaProducer(bootstrap_servers=scene.bootstrap, enable_idempotence=True, request_timeout_ms=120_000)
    await producer.start()

    async def send(numbers: Iterable[int]) -> None:
        for number in numbers:
            key = f"c{number // 10}".encode()
            value = orjson.dumps({"id": number, "case": key.decode(), "urgent": number % 5 == 0})
            where = partition_of(key, kafka_tools.PARTITIONS)
            await producer.send(f"{scene.prefix}-reports", value, key=key, partition=where)
        await producer.flush()

    try:
        yield send
    finally:
        await producer.stop()


async def torment(
    broker: EmbeddedKafka, thread: Executor, workers: tuple[Keeper, Keeper], chance: random.Random
) -> Counter[str]:
    """Does everything in `ACTS`; returns what was done."""
    acts = list(Counter(ACTS).elements())
    chance.shuffle(acts)
    began, done = time.monotonic(), Counter[str]()
    for act in acts:
        await asyncio.sleep(chance.uniform(0.5, 4.0))
        keeper = chance.choice(workers)
        await until(lambda keeper=keeper: keeper.worker.status is None)  # type: ignore[misc]  # the dead cannot be killed
        victim = keeper.worker
        sys.stdout.write(f"  {time.monotonic() - began:6.1f} s  {act}\n")
        sys.stdout.flush()
        match act:
            case "kill -9":
                victim.kill()
            case "TERM, and join again":
                victim.signal(signal.SIGTERM)
            case "suspended 12 s":
                victim.signal(signal.SIGSTOP)
                await asyncio.sleep(SUSPENDED_S)
                victim.signal(signal.SIGCONT)
            case "broker kill -9":
                os.kill(broker.pid, signal.SIGKILL)
                await asyncio.get_running_loop().run_in_executor(thread, broker.restart)
            case "broker frozen 20 s":
                os.kill(broker.pid, signal.SIGSTOP)
                await asyncio.sleep(FROZEN_S)
                os.kill(broker.pid, signal.SIGCONT)
        done[act] += 1
    return done
