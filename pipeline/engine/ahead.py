"""Work done ahead: what a timer will want is known before its time, so an idle worker has it ready.

Clocks that were started together come due together, and then the work of a quiet hour lies on one second. A stage that
gives `prepare` has its timers of the next minute looked at while nothing else waits. What comes of it is a function of
the row: it is forgotten when the row changes, dies with the process, and whoever has none does the work in full.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pipeline.engine.timers import Timers
from pipeline.timebase import Clock

HORIZON_S: Final = 60.0
"""So far ahead, real seconds. Further on a person acts in between, and the work is done in vain."""

KEPT: Final = 50_000
"""So many results of one partition at most: at the 1.5 KB of a case's, 75 MB."""

SLICE: Final = 16
"""So many rows at a time, then everybody else has a turn: about a millisecond."""

Prepare = Callable[[bytes, bytes, float], object | None]
"""Key, row and due time (shown unix seconds) to whatever the stage's agent can use; None for nothing. Pure."""


class Ahead:
    """What is prepared of one partition's timers."""

    __slots__ = ("_clock", "_prepare", "_ready", "_timers")

    def __init__(self, prepare: Prepare | None, timers: Timers, clock: Clock) -> None:
        self._prepare, self._timers, self._clock = prepare, timers, clock
        self._ready: dict[bytes, object] = {}

    def __len__(self) -> int:
        return len(self._ready)

    async def work_while(self, idle: Callable[[], bool], rows: Mapping[bytes, bytes]) -> None:
        """Prepares what is due within the horizon, a few timers at a time, for as long as `idle` says so."""
        while self._prepare is not None and idle() and self.work(rows):  # noqa: ASYNC110  # it waits for nothing
            await asyncio.sleep(0)  # everybody else has a turn

    def work(self, rows: Mapping[bytes, bytes]) -> bool:
        """Prepares a few timers of the committed `rows`; returns whether there may be more."""
        if self._prepare is None or len(self._ready) >= KEPT:
            return False
        keys = self._timers.approaching(self._clock.now() + HORIZON_S * self._clock.speed, SLICE)
        for key in keys:
            row, due = rows.get(key), self._timers.due_at(key)
            if row is None or due is None:
                continue
            with contextlib.suppress(Exception):  # the timer's own handling meets the same and is judged for it
                if (found := self._prepare(key, row, due)) is not None:
                    self._ready[key] = found
        return bool(keys)

    def get(self, key: bytes) -> object | None:
        """Returns what was prepared for the row as it is committed now."""
        return self._ready.get(key)

    def forget(self, keys: Iterable[bytes]) -> None:
        """Drops what was prepared for rows that have changed."""
        if self._ready:
            for key in keys:
                self._ready.pop(key, None)
