"""Which items make the next batch: suspects alone, due timers first, half at most while others wait, then the rest."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping

import structlog

from pipeline.engine import metrics
from pipeline.engine.batch import Batch
from pipeline.engine.completions import Effects
from pipeline.engine.feed import Feed
from pipeline.engine.poison import Suspects
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.timers import Timers
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.engine")


class Selection:
    """Forms batches for one partition from its feed, its timers and its finished side effects."""

    def __init__(
        self,
        feed: Feed,
        timers: Timers,
        effects: Effects,
        clock: Clock,
        settings: WorkerSettings,
        ends: Mapping[str, int],
        suspects: Callable[[], Suspects],
        stage: str,
        behind: asyncio.Task[Mapping[str, int]] | None = None,
    ) -> None:
        self._feed, self._timers, self._effects = feed, timers, effects
        self._clock, self._max, self._suspects, self._stage = clock, settings.max_batch, suspects, stage
        self._ends: Mapping[str, int] | None = ends
        self._behind = behind  # the ends to read to, once the stages before have read to theirs
        self._hold_until = time.monotonic() + settings.budgets.overdue_s
        self._apart: deque[Batch] = deque()

    async def next_batch(self, idle_s: float) -> Batch | None:
        """Waits at most `idle_s` for something to do; None if there was nothing."""
        if self._apart:
            return self._apart.popleft()
        await self._feed.wait(self._wait_s(idle_s))
        batch = self._form()
        return batch if batch.size else None

    def drained(self) -> bool:
        """Tells whether everything that was fetched has been given out."""
        return not self._apart and not len(self._feed)

    def idle(self) -> bool:
        """Tells whether nothing waits to be done at once."""
        return not self._apart and not self._held() and self._wait_s(1.0) > 0.0

    def _wait_s(self, idle_s: float) -> float:
        if len(self._feed) or self._effects.finished:
            return 0.0
        if self._held():
            return min(idle_s, 0.05)
        due = self._timers.next_due()
        if due is None:
            return idle_s
        return min(idle_s, max(0.0, self._clock.real_seconds(due - self._clock.now())))

    def _held(self) -> bool:
        """Tells whether timers wait for the inputs still.

        After a take-over the timers look back at an outage in which people may have acted: whoever is alarmed before
        the inputs have been read to the end seen at opening is alarmed about what is done already. What still lies
        before an earlier stage counts as well (`Stage.upstream`).
        """
        if self._ends is None:
            return False
        if self._behind is not None and self._behind.done():
            self._take_ends(self._behind)
            self._behind = None
        reach = self._feed.reach()
        read = not len(self._feed) and all(reach[topic].position >= end for topic, end in self._ends.items())
        if read and self._behind is None:
            self._ends = None
        elif time.monotonic() >= self._hold_until:
            log.error("timers released before the inputs were read: reading takes too long", stage=self._stage)
            self._ends = None
            if self._behind is not None:
                self._behind.cancel()  # nobody waits for it any more, and it would ask four times a second for ever
        return self._ends is not None

    def _take_ends(self, behind: "asyncio.Task[Mapping[str, int]]") -> None:
        if behind.cancelled():
            return
        if (error := behind.exception()) is not None:
            log.warning("cannot see how far the stages before have read", stage=self._stage, error=type(error).__name__)
            return
        self._ends = behind.result()

    def _form(self) -> Batch:
        # Half a batch for timers at most: a full input must not hold back clocks, nor a storm of clocks the input. Where
        # nothing else waits they may have it all: a burst of a hundred thousand costs half as many transactions.
        alone = not len(self._feed) and not self._effects.finished
        due = [] if self._held() else self._due(self._max if alone else self._max // 2)
        done = self._effects.take(max(1, (self._max - len(due)) // 2))
        suspects = self._suspects()
        head = self._feed.head()
        if head is not None and suspects.spans and suspects.holds(head):
            # Suspects go alone, in their order; nothing behind them may overtake them.
            records = self._feed.take(self._max, suspects.holds)
            self._apart.append(Batch(records, suspect=True))
            return Batch((), due, done) if due or done else self._apart.popleft()
        limit = max(0, self._max - len(due) - len(done))
        if suspects.spans:
            return Batch(self._feed.take(limit, lambda record: not suspects.holds(record)), due, done)
        return Batch(self._feed.take_any(limit), due, done)

    def _due(self, limit: int) -> list[bytes]:
        if not len(self._timers):
            return []
        now = self._clock.now()
        keys = self._timers.take(now, limit)
        late = metrics.TIMER_LATENESS.labels(self._stage)
        for key in keys:
            due = self._timers.due_at(key)
            late.observe(max(0.0, now - (due if due is not None else now)))
        suspects = self._suspects()
        if suspects.timers and (accused := [key for key in keys if suspects.holds(key)]):
            self._apart.append(Batch((), accused, suspect=True))
            keys = [key for key in keys if not suspects.holds(key)]
        return keys
