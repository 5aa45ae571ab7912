"""How delivery paces itself: the budget of an attempt, the back-off between attempts, and when it gives up."""

import hashlib
from dataclasses import dataclass, replace

_SPREAD_BYTES = 4
_DOUBLINGS = 30
"""More would overflow before the cap is looked at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of the wires, not of the law, in seconds of the clock that `now` is told in.

    The cap stays under the shortest step of a chain (a page's quarter of an hour), so that a retry never sleeps past a
    rung. The budget is a day: longer ago, a newer alert of the same obligation has long taken this one's place.
    """

    attempt_s: float = 30.0
    margin_s: float = 15.0
    first_retry_s: float = 5.0
    retry_cap_s: float = 300.0
    give_up_after_s: float = 86_400.0

    def at_speed(self, speed: float) -> "Pace":
        """Returns the same real pace on a shown clock that runs `speed` times as fast."""
        return replace(
            self,
            attempt_s=self.attempt_s * speed,
            margin_s=self.margin_s * speed,
            first_retry_s=self.first_retry_s * speed,
            retry_cap_s=self.retry_cap_s * speed,
            give_up_after_s=self.give_up_after_s * speed,
        )

    def back_off_s(self, alert_id: str, attempt: int) -> float:
        """Returns how long to wait after the given attempt (from 1): doubling, capped, spread by a half to the whole.

        The spread is a digest of alert and attempt: a replay waits as long, and a thousand alerts do not come at once.
        """
        doubled = self.first_retry_s * float(1 << min(attempt - 1, _DOUBLINGS))
        digest = hashlib.sha256(f"{alert_id}:{attempt}".encode()).digest()
        spread = int.from_bytes(digest[:_SPREAD_BYTES]) / float(1 << 8 * _SPREAD_BYTES)
        return min(self.retry_cap_s, doubled) * (1 + spread) / 2
