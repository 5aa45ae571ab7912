"""What one partition is doing right now, as `/stages` of the health server shows it."""

from dataclasses import dataclass

from pipeline.engine.completions import Effects
from pipeline.engine.feed import Feed
from pipeline.engine.poison import Suspects
from pipeline.engine.story import Story
from pipeline.engine.timers import Timers
from pipeline.engine.trace import LastError


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """Numbers only: no key and no value ever leaves a worker this way. Times are shown unix seconds unless said."""

    partition: int
    state: str
    since_s: float
    """Real seconds in this state, or in the batch under way."""
    transactions: int
    """Committed since this worker opened the partition."""
    lag: int
    """Committed input records not handled yet."""
    rows: int
    timers: int
    next_timer: float | None
    parked: int
    """Timers whose handling keeps failing; they are tried again every few minutes."""
    suspects: int
    """Spans of records and timers that failed and are tried alone."""
    effects: int
    """Side effects that run or wait."""
    last_error: LastError | None


def status_of(
    number: int, state: str, since_s: float, story: Story, feed: Feed | None, rows: int,
    timers: Timers, suspects: Suspects, effects: Effects,
) -> PartitionStatus:  # fmt: skip
    """Takes the status from a partition's parts; before it is open there is no feed, and no lag to tell."""
    return PartitionStatus(
        partition=number,
        state=state,
        since_s=round(since_s, 1),
        transactions=story.transactions,
        lag=0 if feed is None else feed.lag(),
        rows=rows,
        timers=len(timers),
        next_timer=timers.next_due(),
        parked=suspects.parked,
        suspects=suspects.count,
        effects=effects.running,
        last_error=story.last_error,
    )
