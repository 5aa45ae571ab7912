"""One partition of one stage: fence, rebuild, work, commit, close.

Who may write partition p is decided by Kafka alone: the transactional id `<group>-<p>` fences every earlier owner. So
no decision here depends on a clock, a lock or a lease, and whatever is unexpected simply raises: `run` ends with it,
the process ends with 70, and the next owner starts at "open".
"""

import asyncio
import time
from collections.abc import Mapping

import structlog

from pipeline.engine import metrics
from pipeline.engine.batch import Batch
from pipeline.engine.books import Books
from pipeline.engine.completions import Effects
from pipeline.engine.errors import HandlerFailed
from pipeline.engine.feed import Feed
from pipeline.engine.gauges import show
from pipeline.engine.selection import Selection
from pipeline.engine.status import PartitionStatus, status_of
from pipeline.engine.story import Story
from pipeline.engine.surroundings import State, Surroundings
from pipeline.engine.table import TxTable
from pipeline.engine.transaction import DueKeys, Tx
from pipeline.engine.trial import Trial

log = structlog.get_logger("pipeline.engine")


class Partition:
    """The state machine; `run` is its life, `hold` and `close` are called by whoever owns it."""

    def __init__(self, around: Surroundings, number: int) -> None:
        self.around, self.number, self.stage = around, number, around.stage
        self.state = State.OPENING
        self.current: Tx | None = None
        self.since = time.monotonic()
        """When the present state, or the batch under way, began (monotonic seconds): the watchdog looks at it."""
        self.story = Story(around.stage.name, number)
        self._effects = Effects(
            limit=around.settings.effects, timeout_s=around.settings.budgets.effect_s, on_done=self._wake
        )
        self.books = Books(around, number, self.story, self._effects)
        self._trial = Trial(around, self.books, self.story, self._transaction)
        self._turn = asyncio.Lock()  # whoever has it may change the partition: a batch, a rebalance, the close
        self._in_hand = False  # a batch is taken from the feed and not handled: under way, or held by a rebalance
        self._closing = False
        self._feed: Feed | None = None
        self._selection: Selection | None = None
        self._behind: asyncio.Task[Mapping[str, int]] | None = None
        self._rules, self._outputs = around.table_rules(number), around.outputs(number)

    async def run(self) -> None:
        """Opens the partition and works until it is closed; raises whatever must end the process."""
        selection, books, again = await self._open(), self.books, self._trial.again
        while not self._closing:
            if not again:
                await books.ahead.work_while(lambda: not self._closing and selection.idle(), books.table)
            idle_s = self.around.settings.save_idle_s if books.unsaved else 1.0
            batch = again.popleft() if again else await selection.next_batch(idle_s)
            self._in_hand = batch is not None
            async with self._turn:  # a rebalance or a close may have it
                if self._closing:
                    return
                if batch is None:
                    await books.save_position()
                else:
                    await self._handle(batch)
            self._in_hand = False
            if pause_s := self._trial.patience.pause_s():
                await asyncio.sleep(pause_s)

    async def _open(self) -> Selection:
        stage, port, number, books = self.stage, self.around.port, self.number, self.books
        started = time.perf_counter()
        opening = await books.open()
        inbox = await port.inbox(stage.inputs, number, books.positions)
        self._feed = Feed(inbox, books.positions, self.around.settings.max_batch)
        if stage.upstream:
            self._behind = asyncio.create_task(port.ends_behind(stage.upstream, stage.inputs, number))
        self._selection = Selection(
            self._feed, books.timers, self._effects, self.around.clock, self.around.settings, inbox.ends,
            lambda: books.suspects, stage.name, self._behind,
        )  # fmt: skip
        stage.opened(number, books.table)
        self.state, self.since = State.WORKING, time.monotonic()
        self.story.opened(
            rows=len(books.table), timers=len(books.timers), read=opening.read, positions=books.positions,
            suspects=books.suspects.count, fence_s=opening.fence_s, recovery_s=opening.recovery_s,
            takeover_s=time.perf_counter() - started,
        )  # fmt: skip
        return self._selection

    async def hold(self) -> None:
        """Waits for the batch under way and then keeps the partition still, until `release` or `close`."""
        if self.state is State.OPENING:
            return  # nothing under way; whoever fences last owns it
        await self._turn.acquire()
        self.state, self.since = State.HELD, time.monotonic()

    def release(self) -> None:
        """Lets a held partition go on, with its producer, table and position: nothing is read again."""
        if self.state is State.HELD:
            self.state, self.since = State.WORKING, time.monotonic()
            self._turn.release()

    async def close(self, task: asyncio.Task[None], settle_s: float) -> None:
        """Ends the work in flight, waits `settle_s` for side effects and keeps their results, then closes everything.

        `task` runs `run`. With `settle_s` 0 (the partition was lost) side effects are cancelled at once.
        """
        budgets = self.around.settings.budgets
        self._closing = True
        if self.state is State.WORKING:
            await asyncio.wait_for(self._turn.acquire(), budgets.commit_s)
            if settle_s:
                await self._settle(settle_s)
        task.cancel()
        await asyncio.wait({task}, timeout=budgets.close_s)
        self.state = State.CLOSED
        self.stage.closed(self.number)
        metrics.forget(self.stage.name, self.number)
        await self._effects.cancel()
        if self._behind is not None:
            self._behind.cancel()
            await asyncio.wait({self._behind}, timeout=budgets.close_s)
        for client in (self._feed, self.books):
            if client is not None:
                await asyncio.wait_for(client.close(), budgets.close_s)
        log.info("partition closed", stage=self.stage.name, partition=self.number)

    async def _settle(self, settle_s: float) -> None:
        await self._effects.settle(settle_s)
        while done := self._effects.take(self.around.settings.max_batch):
            await self._handle(Batch(done=done))
        await self.books.save_position()

    async def _handle(self, batch: Batch) -> None:
        started = time.perf_counter()
        try:
            with metrics.IN_PROGRESS.labels(self.stage.name).track_inprogress():
                await self._through_agent(batch)
        except HandlerFailed as failure:
            await self._trial.failed(batch, failure)
        else:
            self._trial.patience.succeeded()
            metrics.MESSAGES.labels(self.stage.name, "handled").inc(batch.size)
        finally:
            metrics.HANDLER_SECONDS.labels(self.stage.name).observe(time.perf_counter() - started)

    async def _through_agent(self, batch: Batch) -> None:
        tx = self._transaction(batch)
        self.current, self.since = tx, time.monotonic()
        try:
            await self.around.deliver(tx)
            await tx.outcome
        finally:
            self.current = None

    def _transaction(self, batch: Batch) -> Tx:
        books = self.books
        table = TxTable(books.table, self._rules)
        due = DueKeys(batch.due, table, books.timers, self.around.clock.now())

        async def commit(tx: Tx) -> None:
            await books.commit(tx, batch, books.suspects.clear(batch))

        return Tx(batch, table, due, self._outputs, commit, books.ahead)

    def _wake(self) -> None:
        if self._feed is not None:
            self._feed.wake()

    def positions_for_copy(self) -> dict[str, int]:
        """Returns what lag tools and the stages behind should see: handled offsets.

        Where nothing is left to handle they are the reader's own: only it knows of transaction markers behind the last
        record, and without them lag would never be 0.
        """
        if self._feed is None or self._selection is None or self.state is State.CLOSED:
            return {}
        positions = dict(self.books.positions)
        if not (self._in_hand or self._trial.again or self.books.unsaved) and self._selection.drained():
            positions.update({topic: reach.position for topic, reach in self._feed.reach().items()})
        return positions

    def observe(self) -> None:
        """Brings the gauges of this partition up to date; called about once a second."""
        if self._feed is None or self.state is State.CLOSED:
            return
        show(self.stage.name, self.number, self._feed, self.books.timers, self.books.suspects, self._effects)

    def status(self) -> PartitionStatus:
        """Returns what this partition is doing, for `/stages`."""
        return status_of(
            self.number, self.state, time.monotonic() - self.since, self.story, self._feed, len(self.books.table),
            self.books.timers, self.books.suspects, self._effects,
        )  # fmt: skip
