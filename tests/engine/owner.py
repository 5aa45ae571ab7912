"""The partitions of one process on a bench: assigned, held and lost as a group would, with a handler that waits for a gate."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.engine import Budgets, Stage, Tx
from pipeline.engine.ownership import Ownership
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.surroundings import State, Surroundings
from pipeline.timebase import Clock
from tests.engine.bench import Cluster, MemoryCluster, until
from tests.engine.memory_kafka import MemoryKafka, MemoryPort, Process
from tests.engine.stepped_kafka import SteppedPort


class Owner:
    """An ownership over topics of one partition; `process` counts its steps."""

    def __init__(self, cluster: Cluster, budgets: Budgets | None = None) -> None:
        self.cluster, self.gate, self.ends = cluster, asyncio.Event(), list[str]()
        self.queue: asyncio.Queue[Tx] = asyncio.Queue()
        prefix = cluster.prefix
        self.stage = Stage(f"{prefix}-own", inputs=[f"{prefix}-in"], table=f"{prefix}-rows", outputs=[f"{prefix}-out"])
        settings = WorkerSettings(budgets=budgets or Budgets())
        in_memory = isinstance(cluster, MemoryCluster)
        self.process = Process(cluster.kafka if isinstance(cluster, MemoryCluster) else MemoryKafka(), random.Random(1))
        port = MemoryPort(self.process) if in_memory else SteppedPort(self.process, cluster.port())
        around = Surroundings(self.stage, port, Clock.real(), settings, 1, {f"{prefix}-out": 1}, self.queue.put)
        self.ownership = Ownership(around, lambda reason, error: self.ends.append(f"{reason}: {error!r}"))
        self.agent = asyncio.create_task(self._agent())

    async def _agent(self) -> None:
        while True:
            async with await self.queue.get() as tx:
                await self.gate.wait()
                for record in tx.records:
                    tx.send(f"{self.cluster.prefix}-out", record.value, key=record.key)

    @property
    def fences(self) -> int:
        """How often a partition was opened."""
        return self.process.trace.count("fence")

    async def busy(self) -> None:
        """Waits until partition 0 has a batch in the agent's hands."""
        await until(lambda: 0 in self.ownership.partitions and self.ownership.partitions[0].current is not None)

    async def working(self) -> None:
        """Waits until partition 0 works."""
        await until(lambda: 0 in self.ownership.partitions and self.ownership.partitions[0].state is State.WORKING)

    async def sent(self) -> list[bytes | None]:
        """Returns what was committed to the output."""
        return [value for _, value in await self.cluster.read(f"{self.cluster.prefix}-out")]


@asynccontextmanager
async def owner_of(budgets: Budgets | None = None, cluster: Cluster | None = None) -> AsyncIterator[Owner]:
    """Yields an owner, in memory unless told, and closes it."""
    cluster = cluster or MemoryCluster()
    await cluster.create(*(f"{cluster.prefix}-{name}" for name in ("in", "rows", "out")))
    owner = Owner(cluster, budgets)
    try:
        yield owner
    finally:
        owner.gate.set()
        await owner.ownership.close(0)
        owner.agent.cancel()
