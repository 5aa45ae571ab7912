"""The feed of one partition: records fetched and not yet handled, and the wait for more of anything."""

import asyncio
import itertools
import operator
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from pipeline.engine.budgets import CANCEL_S
from pipeline.engine.errors import EngineError
from pipeline.engine.port import Inbox, Reach
from pipeline.engine.record import Record

LONG_POLL_S: Final = 1.0
"""An idle partition asks once a second: more often costs CPU for each of them, less often delays nothing but gauges."""

SHORT_POLL_S: Final = 0.1
"""A timer is due soon: a poll that outlasts it would leave a fetch under way that the next wait cannot shorten."""


class Feed:
    """Buffers the inbox. One fetch at most is under way; it is never cancelled to look at something else first,
    so that nothing fetched can get lost."""

    def __init__(self, inbox: Inbox, positions: Mapping[str, int], max_records: int) -> None:
        self._inbox = inbox
        self._next = dict(positions)
        self._max = max_records
        self._buffer: deque[Record] = deque()
        self._fetching: asyncio.Task[list[Record]] | None = None
        self._wake = asyncio.Event()
        self._reach = dict(inbox.reach())

    def __len__(self) -> int:
        return len(self._buffer)

    def wake(self) -> None:
        """Ends a running wait: a side effect has finished, or the partition is to be held."""
        self._wake.set()

    def reach(self) -> Mapping[str, Reach]:
        """Returns per topic how far the reader is, of what has arrived in this buffer.

        Not the inbox's own word: it is ahead while a fetch is on its way, and who believed it would let overdue
        timers go before the record that makes them needless.
        """
        return self._reach

    def lag(self) -> int:
        """Returns how many committed records are not handled yet, those buffered here included."""
        return len(self) + sum(max(0, one.stable - one.position) for one in self._reach.values())

    def oldest_ms(self) -> int | None:
        """Returns the broker's timestamp of the oldest record that waits here, unix milliseconds."""
        return self._buffer[0].timestamp_ms if self._buffer else None

    async def wait(self, timeout_s: float) -> None:
        """Waits for records, a wake-up or the time-out; with 0 it only collects what is there."""
        if self._fetching is None:
            if len(self._buffer) >= self._max:
                return
            self._fetching = asyncio.create_task(
                self._inbox.fetch(self._max, LONG_POLL_S if timeout_s > 0.2 else SHORT_POLL_S)
            )
        if timeout_s <= 0:
            await asyncio.wait({self._fetching}, timeout=0)
        else:
            waker = asyncio.create_task(self._wake.wait())
            try:
                await asyncio.wait({self._fetching, waker}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waker.cancel()
        self._wake.clear()
        if self._fetching.done():
            fetched, self._fetching = self._fetching.result(), None
            self._check(fetched)
            self._buffer.extend(fetched)
            self._reach = dict(self._inbox.reach())

    def take(self, limit: int, wanted: Callable[[Record], bool]) -> list[Record]:
        """Returns at most `limit` records from the front for as long as they are wanted."""
        taken: list[Record] = []
        buffer = self._buffer
        while buffer and len(taken) < limit and wanted(buffer[0]):
            taken.append(buffer.popleft())
        return taken

    def take_any(self, limit: int) -> list[Record]:
        """Returns at most `limit` records from the front."""
        buffer = self._buffer
        if len(buffer) <= limit:
            taken = list(buffer)
            buffer.clear()
            return taken
        return [buffer.popleft() for _ in range(limit)]

    def head(self) -> Record | None:
        """Returns the next record without taking it."""
        return self._buffer[0] if self._buffer else None

    async def close(self) -> None:
        """Stops fetching and closes the reader."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching}, timeout=CANCEL_S)
        await self._inbox.close()

    def _check(self, fetched: list[Record]) -> None:
        # An offset that comes twice would be handled twice; the position in the table is the only truth.
        for topic, records in itertools.groupby(fetched, operator.attrgetter("topic")):
            expected = self._next.get(topic, 0)
            for record in records:
                if record.offset < expected:
                    raise EngineError(f"{record.position} came again, expected {expected}")
                expected = record.offset + 1
            self._next[topic] = expected
