"""Who is due when: most cases idle, some come due one after the other, some all within one second."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).timestamp()
"""When the worker starts, on the shown clock; winter time before and after, so no reading of the law changes."""

IDLE_FROM_S, IDLE_SPREAD_S, COHORTS = 6 * 3600, 48 * 3600, 2_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """How many cases in all, how many due in a burst, for how long some come due at a rate, and after what margin."""

    cases: int
    burst: int
    rate_per_s: int
    steady_s: int
    margin_s: float  # from the worker's start to the first rung: it should be ready by then
    pause_s: float  # between the steady run and the burst

    @property
    def steady(self) -> int:
        """How many cases come due one after the other."""
        return self.rate_per_s * self.steady_s

    @property
    def steady_from(self) -> float:
        """When the first is due, shown unix seconds."""
        return START + self.margin_s

    @property
    def burst_from(self) -> float:
        """When the second of the burst begins."""
        return self.steady_from + self.steady_s + self.pause_s

    def due_times(self) -> Iterator[float]:
        """Yields the due time of every case, the idle ones last."""
        for number in range(self.steady):
            yield self.steady_from + number * 1_000_000 // self.rate_per_s / 1e6
        for number in range(self.burst):
            yield self.burst_from + number * 1_000_000 // self.burst / 1e6
        for number in range(self.cases - self.steady - self.burst):
            yield START + IDLE_FROM_S + number % COHORTS * IDLE_SPREAD_S // COHORTS
