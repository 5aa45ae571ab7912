"""One partition on a bench: the real state machine and an agent, over Kafka in memory or over a real one."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from aiokafka import AIOKafkaProducer

from pipeline.engine.budgets import Budgets
from pipeline.engine.kafka_port import KafkaPort
from pipeline.engine.partition import Partition
from pipeline.engine.port import Port
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.surroundings import Surroundings
from pipeline.engine.transaction import Tx
from pipeline.timebase import Clock
from tests.engine import kafka_tools
from tests.engine.memory_kafka import MemoryKafka, MemoryPort, Process
from tests.engine.toy import PlainConnection


async def until(condition: Callable[[], bool], timeout_s: float = 90.0, what: str = "the condition") -> None:
    """Waits until `condition` holds; raises TimeoutError naming `what`."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{what} did not come true within {timeout_s} s")
        await asyncio.sleep(0.002)


class Cluster(Protocol):
    """Where a bench's topics are."""

    prefix: str

    async def create(self, *topics: str) -> None: ...
    async def put(self, topic: str, *rows: tuple[bytes, bytes | None]) -> None: ...
    async def read(self, topic: str) -> list[tuple[bytes | None, bytes | None]]: ...
    def port(self) -> Port: ...


@dataclass
class MemoryCluster:
    """Topics of one partition in memory."""

    kafka: MemoryKafka = field(default_factory=MemoryKafka)
    prefix: str = "m"
    seed: int = 0

    async def create(self, *topics: str) -> None:
        """Nothing to create."""

    async def put(self, topic: str, *rows: tuple[bytes, bytes | None]) -> None:
        """Appends records."""
        for key, value in rows:
            self.kafka.put(topic, 0, key, value)

    async def read(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Reads committed records."""
        return [(row.key, row.value) for row in self.kafka.committed(topic, 0)]

    def port(self) -> Port:
        """Returns a process's port."""
        return MemoryPort(Process(self.kafka, random.Random(self.seed)))


@dataclass
class RealCluster:
    """Topics of one partition on a real Kafka."""

    bootstrap: str
    prefix: str = field(default_factory=lambda: f"b{secrets.token_hex(4)}")

    async def create(self, *topics: str) -> None:
        """Creates topics."""
        await kafka_tools.create_topics(self.bootstrap, topics, count=1)

    async def put(self, topic: str, *rows: tuple[bytes, bytes | None]) -> None:
        """Sends records."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            for key, value in rows:
                await producer.send(topic, value, key=key, partition=0)
            await producer.flush()
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Reads committed records."""
        return [(one.key, one.value) for one in await kafka_tools.read_all(self.bootstrap, topic, count=1)]

    def port(self) -> Port:
        """Returns aiokafka's port."""
        return KafkaPort(PlainConnection(self.bootstrap), Budgets(), "bench", lambda seconds: None)


SETTINGS = WorkerSettings(save_idle_s=0.05)


class Life:
    """One life of a partition in one process: starts it, and ends it in one of several ways."""

    def __init__(
        self, stage: Stage, port: Port, settings: WorkerSettings = SETTINGS, clock: Clock | None = None
    ) -> None:
        self.queue: asyncio.Queue[Tx] = asyncio.Queue()
        around = Surroundings(
            stage, port, clock or Clock.real(), settings, 1, dict.fromkeys(stage.outputs, 1), self.queue.put
        )
        self.partition = Partition(around, 0)
        self.task = asyncio.create_task(self.partition.run())
        self.agent = asyncio.create_task(self._agent(stage))

    async def _agent(self, stage: Stage) -> None:
        async def batches() -> AsyncIterator[Tx]:
            while True:
                yield await self.queue.get()

        await stage.handler(batches())

    async def close(self, settle_s: float = 2.0) -> None:
        """Stops cleanly."""
        if not self.task.done():
            await self.partition.close(self.task, settle_s)
        await self.kill()

    async def kill(self) -> None:
        """Ends it as a kill -9 would: nothing else is said to Kafka."""
        for task in (self.task, self.agent):
            task.cancel()
        for task in (self.task, self.agent):
            with contextlib.suppress(BaseException):
                await task
        for client in (self.partition._feed, self.partition.books):  # sockets of this process; no word of the work
            if client is not None:
                with contextlib.suppress(Exception):
                    await client.close()

    async def failure(self, timeout_s: float = 90.0) -> BaseException:
        """Waits for the partition to end by itself and returns with what."""
        await asyncio.wait({self.task}, timeout=timeout_s)
        error = self.task.exception() if self.task.done() else None
        await self.kill()
        if error is None:
            raise AssertionError("the partition did not fail")
        return error


def impatient(**changes: float) -> WorkerSettings:
    """Returns the bench's settings with other budgets."""
    return replace(SETTINGS, budgets=Budgets(**changes))
