"""A clock that stands where the scheduler puts it, off the broker's by the station's own skew."""

from datetime import UTC, datetime

from pipeline.timebase import Clock


class SteeredClock(Clock):
    """Shows the scheduler's time plus `skew_s`; a broker's timestamp passes unchanged, as in real operation."""

    skew_s: float
    true_s: float

    def __init__(self, skew_s: float) -> None:
        super().__init__()
        object.__setattr__(self, "skew_s", skew_s)
        object.__setattr__(self, "true_s", 0.0)

    def steer(self, true_s: float) -> None:
        """Puts the clock to a true time in unix seconds."""
        object.__setattr__(self, "true_s", true_s)

    def now(self) -> float:
        """Returns what this clock shows, in unix seconds."""
        return self.true_s + self.skew_s

    def datetime(self) -> datetime:
        """Returns what this clock shows."""
        return datetime.fromtimestamp(self.now(), UTC)
