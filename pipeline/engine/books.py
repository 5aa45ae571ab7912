"""The books of one partition: rows, timers, positions and suspects, and the one transaction that changes them together."""

import asyncio
import time
from collections.abc import Mapping, MutableMapping
from typing import NamedTuple

import structlog

from pipeline.engine.ahead import Ahead
from pipeline.engine.batch import Batch
from pipeline.engine.commit import gather_rows, table_rows, write_transaction
from pipeline.engine.completions import Effects
from pipeline.engine.ledger import LEDGER_KEY, SUSPECTS_KEY, Ledger
from pipeline.engine.poison import Suspects
from pipeline.engine.port import Outbox
from pipeline.engine.record import Cells, Row
from pipeline.engine.recovery import rebuild
from pipeline.engine.story import Story
from pipeline.engine.surroundings import Surroundings
from pipeline.engine.table import apply_changes
from pipeline.engine.timers import Timers
from pipeline.engine.transaction import Tx

log = structlog.get_logger("pipeline.engine")


class Opening(NamedTuple):
    """How many rows were read back, and the seconds that the fence and the reading took."""

    read: int
    fence_s: float
    recovery_s: float


class Books:
    """What is committed, in memory as in the topic. Memory follows a commit that has been answered, never runs before it."""

    def __init__(self, around: Surroundings, number: int, story: Story, effects: Effects) -> None:
        self._around, self._number, self._story, self._effects = around, number, story, effects
        self._stage = stage = around.stage
        self.table: MutableMapping[bytes, bytes] = {}
        self.timers = Timers(stage.due)
        self.ahead = Ahead(stage.prepare, self.timers, around.clock)
        self.suspects = Suspects()
        self.positions: dict[str, int] = {}
        """Handled input offsets, committed or not worth a transaction yet."""
        self.unsaved = False
        """Whether some of the positions are not worth a transaction yet."""
        self._saved_at = 0.0
        self._ledger = Ledger(around.partitions)
        self._outbox: Outbox | None = None

    async def open(self) -> Opening:
        """Claims the transactional id, then reads everything back."""
        stage, started = self._stage, time.perf_counter()
        self._outbox = self._around.port.outbox(f"{stage.group}-{self._number}")
        await self._outbox.fence()  # before anything is read: from here on no older owner can commit
        fenced = time.perf_counter()
        rebuilt = await rebuild(self._around.port, stage.table, self._number, stage.due, packed=stage.packed)
        self._ledger = Ledger.decode(rebuilt.reserved.get(LEDGER_KEY), self._around.partitions)
        self.positions = dict(self._ledger.positions)
        self.table = rebuilt.rows
        self.timers.load(rebuilt.armed)
        suspects = Suspects.decode(rebuilt.reserved.get(SUSPECTS_KEY))
        self.suspects = suspects.park_again(self.timers, self._around.clock.shown)
        self._story.last_error = suspects.last
        return Opening(rebuilt.read, fenced - started, time.perf_counter() - fenced)

    async def commit(self, tx: Tx, batch: Batch, suspects: Suspects) -> None:
        """Commits what an agent has done with `batch`, then takes it into memory and starts its side effects."""
        positions = batch.positions()
        changes = tx.table.changes
        if changes or tx.sends or tx.effects or suspects is not self.suspects:
            rows = table_rows(changes, tx.table.row_headers)
            if suspects is not self.suspects:
                rows.append(Row(SUSPECTS_KEY, suspects.encode()))
            await self._write(rows, tx, positions)
        else:
            self.positions.update(positions)
            self.unsaved = self.unsaved or bool(positions)
        apply_changes(self.table, changes)  # only now: a failed commit has changed nothing here
        self.ahead.forget(changes)
        self._stage.changed(self._number, changes)
        self.suspects = suspects
        again_at = self._around.clock.now() + self._around.clock.speed
        if self.timers.after_commit(changes, batch.due, suspects.is_parked, again_at):
            log.warning("timers not moved by their handler", stage=self._stage.name, partition=self._number)
        for key, effect in tx.effects:
            self._effects.start(key, effect)

    async def accuse(self, suspects: Suspects) -> None:
        """Writes suspects in a transaction of their own; the process is about to end."""
        await self._write([Row(SUSPECTS_KEY, suspects.encode())], None, {})

    async def save_position(self) -> None:
        """Saves the position of batches without effect now and then; replaying them would do no harm."""
        if self.unsaved and time.monotonic() - self._saved_at >= self._around.settings.save_idle_s:
            await self._write([], None, {})

    async def close(self) -> None:
        """Closes the producer; nothing is said of the work."""
        if self._outbox is not None:
            await self._outbox.close()

    async def _write(self, rows: list[Cells], tx: Tx | None, positions: Mapping[str, int]) -> None:
        assert self._outbox is not None
        moved = {**self.positions, **positions}
        if self.unsaved or positions or not self._ledger.positions:
            rows.append(Row(LEDGER_KEY, self._ledger.encode(moved)))
        grouped = gather_rows((self._stage.table, self._number), rows, tx.sends if tx is not None else ())
        with self._story.transaction():
            async with asyncio.timeout(self._around.settings.budgets.commit_s):
                await write_transaction(self._outbox, grouped)
        self.positions = moved
        self._ledger.positions = moved
        self.unsaved, self._saved_at = False, time.monotonic()
