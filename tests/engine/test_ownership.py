"""What a process does with its partitions between assignments, and what the watchdog does with stuck ones."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.engine import Budgets, Stage, Tx
from pipeline.engine.ownership import Ownership
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.surroundings import State, Surroundings
from pipeline.engine.watchdog import Watchdog
from pipeline.timebase import Clock
from tests.engine.bench import until
from tests.engine.memory_kafka import MemoryKafka, MemoryPort, Process


class Owner:
    """An ownership over Kafka in memory, whose handler waits for a gate."""

    def __init__(self, budgets: Budgets | None = None) -> None:
        self.kafka, self.gate, self.ends = MemoryKafka(), asyncio.Event(), list[str]()
        self.queue: asyncio.Queue[Tx] = asyncio.Queue()
        self.stage = Stage("own", inputs=["in"], table="rows", outputs=["out"])
        self.settings = WorkerSettings(budgets=budgets or Budgets())
        self.process = Process(self.kafka, random.Random(1))
        around = Surroundings(
            self.stage, MemoryPort(self.process), Clock.real(), self.settings, 1, {"out": 1}, self.queue.put
        )
        self.ownership = Ownership(around, lambda reason, error: self.ends.append(f"{reason}: {error!r}"))
        self.agent = asyncio.create_task(self._agent())

    async def _agent(self) -> None:
        while True:
            async with await self.queue.get() as tx:
                await self.gate.wait()
                for record in tx.records:
                    tx.send("out", record.value, key=record.key)

    async def working(self) -> None:
        """Waits until partition 0 works."""
        await until(lambda: 0 in self.ownership.partitions and self.ownership.partitions[0].state is State.WORKING)


@asynccontextmanager
async def owner_of(budgets: Budgets | None = None) -> AsyncIterator[Owner]:
    """Yields an owner and closes it."""
    owner = Owner(budgets)
    yield owner
    owner.gate.set()
    await owner.ownership.close(0)
    owner.agent.cancel()


async def test_a_partition_that_returns_at_once_waits_for_its_own_close() -> None:
    """Lost and given back while a batch is under way: the batch ends first, nobody fences anybody, nothing doubles."""
    async with owner_of() as owner:
        owner.kafka.put("in", 0, b"k", b"once")
        owner.ownership.assign({0})
        await until(lambda: 0 in owner.ownership.partitions and owner.ownership.partitions[0].current is not None)
        owner.ownership.assign(set())
        owner.ownership.assign({0})
        fences = owner.process.trace.count("fence")
        await asyncio.sleep(0)
        assert fences == owner.process.trace.count("fence") == 1
        owner.gate.set()
        await owner.working()
        assert owner.process.trace.count("fence") == 2
        assert owner.ends == []
        assert [row.value for row in owner.kafka.committed("out", 0)] == [b"once"]


async def test_a_kept_partition_goes_on_without_being_opened_again() -> None:
    """Held in a rebalance and given back: same object, one fence, and it handles what came meanwhile."""
    async with owner_of() as owner:
        owner.gate.set()
        owner.ownership.assign({0})
        await owner.working()
        await owner.ownership.hold(1.0)
        owner.kafka.put("in", 0, b"k", b"meanwhile")
        assert owner.ownership.partitions[0].state is State.HELD
        owner.ownership.assign({0})
        await until(lambda: bool(owner.kafka.committed("out", 0)))
        assert owner.process.trace.count("fence") == 1


async def test_the_watchdog_ends_a_handler_that_never_ends_and_a_hold_without_end() -> None:
    """A stuck handler and a rebalance that never comes back are both an end of the process, in words."""
    short = Budgets(work_s=25.1, held_s=20.1)
    async with owner_of(short) as owner:
        watchdog = Watchdog(short, [owner.ownership], lambda reason, error: owner.ends.append(reason))
        owner.kafka.put("in", 0, b"k", b"x")
        owner.ownership.assign({0})
        await until(lambda: 0 in owner.ownership.partitions and owner.ownership.partitions[0].current is not None)
        watchdog.look()
        assert owner.ends == []
        owner.ownership.partitions[0].since -= 26
        watchdog.look()
        assert owner.ends == ["work on own[0] is stuck for 25.1 s"]
        owner.gate.set()
        await owner.ownership.hold(1.0)
        owner.ownership.partitions[0].since -= 21
        watchdog.look()
        assert "held by a rebalance" in owner.ends[-1]
        owner.ownership.assign({0})
