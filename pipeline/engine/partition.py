"""One partition of one stage: fence, rebuild, work, commit, close.

Who may write partition p is decided by Kafka alone: the transactional id `<group>-<p>` fences every earlier owner. So
no decision here depends on a clock, a lock or a lease, and whatever is unexpected simply raises: `run` ends with it,
the process ends with 70, and the next owner starts at "open".
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, MutableMapping

import structlog

from pipeline.engine import metrics
from pipeline.engine.ahead import Ahead
from pipeline.engine.batch import Batch
from pipeline.engine.commit import gather_rows, table_rows, write_transaction
from pipeline.engine.completions import Effects
from pipeline.engine.errors import HandlerFailed, Poisoned, Transient
from pipeline.engine.feed import Feed
from pipeline.engine.gauges import show
from pipeline.engine.ledger import LEDGER_KEY, SUSPECTS_KEY, Ledger
from pipeline.engine.patience import Patience
from pipeline.engine.poison import Poison, Suspects
from pipeline.engine.port import Outbox
from pipeline.engine.record import Cells, Row
from pipeline.engine.recovery import rebuild
from pipeline.engine.selection import Selection
from pipeline.engine.sentence import sentence
from pipeline.engine.status import PartitionStatus, status_of
from pipeline.engine.story import Story
from pipeline.engine.surroundings import State, Surroundings
from pipeline.engine.table import TxTable, apply_changes
from pipeline.engine.timers import Timers
from pipeline.engine.trace import where
from pipeline.engine.transaction import DueKeys, Tx
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.engine")


class Partition:
    """The state machine; `run` is its life, `hold` and `close` are called by whoever owns it."""

    def __init__(self, around: Surroundings, number: int) -> None:
        self.around, self.number, self.stage = around, number, around.stage
        self.state = State.OPENING
        self.current: Tx | None = None
        self.since = time.monotonic()
        """When the present state, or the batch under way, began (monotonic seconds): the watchdog looks at it."""
        self.positions: dict[str, int] = {}
        """Handled input offsets, committed or not worth a transaction yet."""
        self.story = Story(around.stage.name, number)
        self._table: MutableMapping[bytes, bytes] = {}
        self._timers = Timers(around.stage.due)
        self._ahead = Ahead(around.stage.prepare, self._timers, around.clock)
        self._suspects = Suspects()
        self._ledger = Ledger(around.partitions)
        self._turn = asyncio.Lock()  # whoever has it may change the partition: a batch, a rebalance, the close
        self._in_hand = False  # a batch is taken from the feed and not handled: under way, or held by a rebalance
        self._again: deque[Batch] = deque()
        self._patience = Patience(around.settings.budgets.transient_s)
        self._unsaved, self._saved_at, self._closing = False, 0.0, False
        self._outbox: Outbox | None = None
        self._feed: Feed | None = None
        self._selection: Selection | None = None
        self._behind: asyncio.Task[Mapping[str, int]] | None = None
        self._effects = Effects(
            limit=around.settings.effects, timeout_s=around.settings.budgets.effect_s, on_done=self._wake
        )
        self._rules, self._outputs = around.table_rules(number), around.outputs(number)

    async def run(self) -> None:
        """Opens the partition and works until it is closed; raises whatever must end the process."""
        selection = await self._open()
        while not self._closing:
            if not self._again:
                await self._ahead.work_while(lambda: not self._closing and selection.idle(), self._table)
            idle_s = self.around.settings.save_idle_s if self._unsaved else 1.0
            batch = self._again.popleft() if self._again else await selection.next_batch(idle_s)
            self._in_hand = batch is not None
            async with self._turn:  # a rebalance or a close may have it
                if self._closing:
                    return
                if batch is None:
                    await self._save_position()
                else:
                    await self._handle(batch)
            self._in_hand = False
            if pause_s := self._patience.pause_s():
                await asyncio.sleep(pause_s)

    async def _open(self) -> Selection:
        stage, port, number = self.stage, self.around.port, self.number
        started = time.perf_counter()
        self._outbox = port.outbox(f"{stage.group}-{number}")
        await self._outbox.fence()  # before anything is read: from here on no older owner can commit
        fenced = time.perf_counter()
        rebuilt = await rebuild(port, stage.table, number, stage.due, packed=stage.packed)
        self._ledger = Ledger.decode(rebuilt.reserved.get(LEDGER_KEY), self.around.partitions)
        self._table = rebuilt.rows
        self._timers.load(rebuilt.armed)
        suspects = Suspects.decode(rebuilt.reserved.get(SUSPECTS_KEY))
        self._suspects = suspects.park_again(self._timers, self.around.clock.shown)
        self.story.last_error = suspects.last
        recovered = time.perf_counter()
        self.positions = dict(self._ledger.positions)
        inbox = await port.inbox(stage.inputs, number, self.positions)
        self._feed = Feed(inbox, self.positions, self.around.settings.max_batch)
        if stage.upstream:
            self._behind = asyncio.create_task(port.ends_behind(stage.upstream, stage.inputs, number))
        self._selection = Selection(
            self._feed, self._timers, self._effects, self.around.clock, self.around.settings, inbox.ends,
            lambda: self._suspects, stage.name, self._behind,
        )  # fmt: skip
        stage.opened(number, self._table)
        self.state, self.since = State.WORKING, time.monotonic()
        self.story.opened(
            rows=len(self._table), timers=len(self._timers), read=rebuilt.read, positions=self.positions,
            suspects=self._suspects.count, fence_s=fenced - started, recovery_s=recovered - fenced,
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
        for client in (self._feed, self._outbox):
            if client is not None:
                await asyncio.wait_for(client.close(), budgets.close_s)
        log.info("partition closed", stage=self.stage.name, partition=self.number)

    async def _settle(self, settle_s: float) -> None:
        await self._effects.settle(settle_s)
        while done := self._effects.take(self.around.settings.max_batch):
            await self._handle(Batch(done=done))
        await self._save_position()

    async def _handle(self, batch: Batch) -> None:
        started = time.perf_counter()
        try:
            with metrics.IN_PROGRESS.labels(self.stage.name).track_inprogress():
                await self._through_agent(batch)
        except HandlerFailed as failure:
            await self._failed(batch, failure)
        else:
            self._patience.succeeded()
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
        table = TxTable(self._table, self._rules)
        due = DueKeys(batch.due, table, self._timers, self.around.clock.now())

        async def commit(tx: Tx) -> None:
            await self._commit(tx, batch, self._suspects.clear(batch))

        return Tx(batch, table, due, self._outputs, commit, self._ahead)

    async def _commit(self, tx: Tx, batch: Batch, suspects: Suspects) -> None:
        positions = batch.positions()
        if tx.table.changes or tx.sends or tx.effects or suspects is not self._suspects:
            rows = table_rows(tx.table.changes, tx.table.row_headers)
            if suspects is not self._suspects:
                rows.append(Row(SUSPECTS_KEY, suspects.encode()))
            await self._write(rows, tx, positions)
        else:
            self.positions.update(positions)
            self._unsaved = self._unsaved or bool(positions)
        apply_changes(self._table, tx.table.changes)  # only now: a failed commit has changed nothing here
        self._ahead.forget(tx.table.changes)
        self.stage.changed(self.number, tx.table.changes)
        self._suspects = suspects
        again_at = self.around.clock.now() + self.around.clock.speed
        if self._timers.after_commit(tx.table.changes, batch.due, self._suspects.is_parked, again_at):
            log.warning("timers not moved by their handler", stage=self.stage.name, partition=self.number)
        for key, effect in tx.effects:
            self._effects.start(key, effect)

    async def _write(self, rows: list[Cells], tx: Tx | None, positions: Mapping[str, int]) -> None:
        assert self._outbox is not None
        moved = {**self.positions, **positions}
        if self._unsaved or positions or not self._ledger.positions:
            rows.append(Row(LEDGER_KEY, self._ledger.encode(moved)))
        grouped = gather_rows((self.stage.table, self.number), rows, tx.sends if tx is not None else ())
        with self.story.transaction():
            async with asyncio.timeout(self.around.settings.budgets.commit_s):
                await write_transaction(self._outbox, grouped)
        self.positions = moved
        self._ledger.positions = moved
        self._unsaved, self._saved_at = False, time.monotonic()

    async def _failed(self, batch: Batch, failure: HandlerFailed) -> None:
        """Retries, halves, accuses or gives up; raises where the process must end."""
        error = failure.__cause__
        assert isinstance(error, Exception)
        self.story.dropped(batch, error)
        if isinstance(error, Transient):
            self._patience.failed(batch.describe())
            self.story.retried()
            self._again.appendleft(batch)
            return
        self._patience.succeeded()
        self.story.failed()
        if (batch.suspect or batch.done) and batch.size > 1:  # completions die with the process: halved before it ends
            self._again.extendleft(reversed(batch.halves()))
            return
        if batch.done or (batch.suspect and self._suspects.attempts_in(batch) + 1 >= self.around.settings.attempts):
            await self._give_up(batch, error)
            return
        accused = self._suspects.accuse(batch).because(self.story.last_error)
        await self._write([Row(SUSPECTS_KEY, accused.encode())], None, {})
        raise Poisoned(f"handler failed with {type(error).__name__} at {where(error)} on {batch.describe()}")

    async def _give_up(self, batch: Batch, error: Exception) -> None:
        """Puts `on_poison` in the place of the handler for one item that failed alone, the set number of times."""
        poison = Poison.of(batch, self._suspects.attempts_in(batch) + 1, error)
        now, settings, on_poison = Clock.real().now(), self.around.settings, self.stage.on_poison
        suspects = sentence(self._suspects, batch, now, settings, on_poison is not None)
        tx = self._transaction(batch)
        if on_poison is not None:
            on_poison(tx, poison)
        await self._commit(tx, batch, suspects)
        if poison.timer is not None and poison.timer in self._table:
            self._timers.put_back(poison.timer, self.around.clock.shown(now + settings.park_s))
        self.story.given_up(poison.kind, poison.attempts)

    def _wake(self) -> None:
        if self._feed is not None:
            self._feed.wake()

    async def _save_position(self) -> None:
        """Saves the position of batches without effect now and then; replaying them would do no harm."""
        if self._unsaved and time.monotonic() - self._saved_at >= self.around.settings.save_idle_s:
            await self._write([], None, {})

    def positions_for_copy(self) -> dict[str, int]:
        """Returns what lag tools and the stages behind should see: handled offsets, or the reader's own where nothing is left to handle.

        Only the reader knows of transaction markers behind the last record; without them lag would never be 0.
        """
        if self._feed is None or self.state is State.CLOSED:
            return {}
        idle = not self._in_hand and not len(self._feed) and not self._again and not self._unsaved
        positions = dict(self.positions)
        if idle and self._selection is not None and self._selection.empty():
            positions.update({topic: reach.position for topic, reach in self._feed.reach().items()})
        return positions

    def observe(self) -> None:
        """Brings the gauges of this partition up to date; called about once a second."""
        if self._feed is None or self.state is State.CLOSED:
            return
        show(self.stage.name, self.number, self._feed, self._timers, self._suspects, self._effects)

    def status(self) -> PartitionStatus:
        """Returns what this partition is doing, for `/stages`."""
        return status_of(
            self.number, self.state, time.monotonic() - self.since, self.story, self._feed, len(self._table),
            self._timers, self._suspects, self._effects,
        )  # fmt: skip
