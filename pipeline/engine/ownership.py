"""The partitions of one stage that this process owns, from assignment to assignment."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import structlog

from pipeline.engine import metrics
from pipeline.engine.errors import BudgetSpent
from pipeline.engine.partition import Partition
from pipeline.engine.surroundings import State, Surroundings

log = structlog.get_logger("pipeline.engine")

Fatal = Callable[[str, BaseException | None], None]


class Ownership:
    """Opens what comes, keeps what stays, closes what goes. A partition that comes back waits for its own close."""

    def __init__(self, around: Surroundings, fatal: Fatal) -> None:
        self._around, self._fatal = around, fatal
        self._stage = around.stage.name
        self.partitions: dict[int, Partition] = {}
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._closing: dict[int, asyncio.Task[None]] = {}
        self._stopping = False

    async def hold(self, timeout_s: float) -> None:
        """Lets every batch under way end, then keeps all partitions still; late ones go on, the fence decides."""
        todo = [asyncio.create_task(one.hold()) for one in self.partitions.values() if one.state is State.WORKING]
        if not todo:
            return
        _, late = await asyncio.wait(todo, timeout=timeout_s)
        for task in late:
            task.cancel()
            log.warning("a batch outlasts the rebalance", stage=self._stage)

    def assign(self, mine: set[int]) -> None:
        """Takes the new assignment: kept partitions go on at once, without being read again."""
        if self._stopping:
            return  # a rebalance during the stop must not open again what was just closed
        metrics.REBALANCES.labels(self._stage).inc()
        kept = mine & set(self.partitions)
        log.info("assignment", stage=self._stage, owns=sorted(mine), kept=sorted(kept))
        for number in set(self.partitions) - mine:
            self._lose(number, settle_s=0.0)
        for number in kept:
            self.partitions[number].release()
        for number in sorted(mine - kept):
            self._open(number)

    async def close(self, settle_s: float) -> None:
        """Closes everything, ending the work in flight; side effects get `settle_s` to finish."""
        self._stopping = True
        for number in list(self.partitions):
            self._lose(number, settle_s=settle_s)
        if self._closing:
            await asyncio.gather(*self._closing.values())

    def ready(self) -> bool:
        """Tells whether every owned partition is open."""
        return all(one.state is not State.OPENING for one in self.partitions.values())

    def observe(self) -> None:
        """Brings the gauges of the stage and of its partitions up to date; called about once a second."""
        counts = Counter(one.state for one in self.partitions.values())
        for state in State:
            metrics.PARTITIONS.labels(self._stage, state).set(counts[state])
        tables = self._around.stage.tables
        metrics.TABLE_ROWS.labels(self._stage).set(sum(len(table) for table in tables.values()))
        for partition in self.partitions.values():
            partition.observe()

    def overheld(self, limit_s: float) -> int | None:
        """Returns a partition that a rebalance has held for too long, if there is one."""
        now = time.monotonic()
        return next(
            (n for n, one in self.partitions.items() if one.state is State.HELD and now - one.since > limit_s), None
        )

    def _open(self, number: int) -> None:
        partition = self.partitions[number] = Partition(self._around, number)
        self._lives[number] = asyncio.create_task(self._live(partition, self._closing.get(number)))

    async def _live(self, partition: Partition, closing: asyncio.Task[None] | None) -> None:
        try:
            if closing is not None:
                # Two producers with one id in one process would fence each other: safe, but at the price of an exit.
                await self._closed_first(closing, partition.number)
            await partition.run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # nothing may end a partition in silence
            self._fatal(f"stage {self._stage}, partition {partition.number}", error)

    async def _closed_first(self, closing: asyncio.Task[None], number: int) -> None:
        """Waits for the end of an earlier close, good or bad."""
        limit_s = self._around.settings.budgets.closing_s
        await asyncio.wait({closing}, timeout=limit_s)
        if not closing.done():
            raise BudgetSpent(f"partition {number} was lost and came back, and is not closed after {limit_s:g} s")

    def _lose(self, number: int, settle_s: float) -> None:
        partition, life = self.partitions.pop(number), self._lives.pop(number)
        before = self._closing.get(number)
        task = self._closing[number] = asyncio.create_task(self._close(partition, life, before, settle_s))
        task.add_done_callback(lambda done: self._closed(number, done))

    def _closed(self, number: int, done: asyncio.Task[None]) -> None:
        if self._closing.get(number) is done:
            del self._closing[number]

    async def _close(
        self, partition: Partition, life: asyncio.Task[None], before: asyncio.Task[None] | None, settle_s: float
    ) -> None:
        try:
            if before is not None:
                await self._closed_first(before, partition.number)
            await partition.close(life, settle_s)
        except BaseException as error:
            self._fatal(f"closing stage {self._stage}, partition {partition.number}", error)
            raise
