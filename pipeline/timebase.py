"""The injected clock: a linear map between real time and the time that Brudvagt shows.

Real time is the only mode outside the demonstration, which runs 72 hours in about 100 seconds. Sessions, time-outs and
back-off never use it: they are real everywhere.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Clock:
    """Shown time = `shown_origin` + (real time - `real_origin`) * `speed`; all in unix seconds."""

    real_origin: float = 0.0
    shown_origin: float = 0.0
    speed: float = 1.0

    @classmethod
    def real(cls) -> Self:
        """Returns the clock that shows real time."""
        return cls()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `real_origin/shown_origin/speed`; raises ValueError with the form it wants."""
        try:
            real_origin, shown_origin, speed = (float(part) for part in text.split("/"))
        except ValueError:
            raise ValueError(f"demo clock {text!r}: write real_origin/shown_origin/speed, each a number") from None
        if speed <= 0:
            raise ValueError(f"demo clock {text!r}: the speed must be above 0")
        return cls(real_origin, shown_origin, speed)

    def __str__(self) -> str:
        return f"{self.real_origin!r}/{self.shown_origin!r}/{self.speed!r}"

    def now(self) -> float:
        """Returns the shown time in unix seconds."""
        return self.shown(time.time())

    def shown(self, real_unix: float) -> float:
        """Returns the shown time of a real one, both in unix seconds; a broker's timestamp passes through here."""
        return self.shown_origin + (real_unix - self.real_origin) * self.speed

    def real_seconds(self, shown_seconds: float) -> float:
        """Returns how long a shown duration lasts in reality."""
        return shown_seconds / self.speed

    def datetime(self) -> datetime:
        """Returns the shown time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)
