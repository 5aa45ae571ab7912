"""Counting a producer's unreadable events. Each keeps its case and clock; people get one alert that names the number.

The fact of a rejected report travels by way of its producer's tally, so that one place counts, whatever partition the
cases live on. Up to the limit each case rings by itself; beyond it the case is marked `crowded` and the tally rings.
"""

from datetime import UTC, datetime, timedelta

from pipeline.cases.identity import reference
from schemas.facts import Fact
from schemas.tally import Tally

LIMIT_PER_HOUR = 5
"""Above this many in an hour people are told the number, not every event."""

SETTLE = timedelta(minutes=5)
"""A burst comes within seconds: the number is told when it has had time to end."""

CROWDED = "crowded"
KEEP_HOURS = 48


def tally_reference(municipality: str, producer: str) -> str:
    """Returns the key under which a producer's unreadable events are counted in a municipality."""
    return reference(municipality, f"producer:{producer}")


def count(tally: Tally | None, key: str, fact: Fact) -> tuple[Tally, Fact]:
    """Returns the tally with one more event, and the fact as it goes on to its case, marked when it is one too many."""
    hour = fact.recorded_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0).isoformat()
    tally = tally or Tally(reference=key, municipality=fact.municipality, producer=fact.sender)
    number = tally.hours.get(hour, 0) + 1
    hours = dict(sorted({**tally.hours, hour: number}.items())[-KEEP_HOURS:])
    wake_at = tally.wake_at
    if number == LIMIT_PER_HOUR + 1:
        wake_at = min(wake_at or float("inf"), (fact.recorded_at + SETTLE).timestamp())
    tally = tally.model_copy(update={"hours": hours, "wake_at": wake_at})
    return tally, fact if number <= LIMIT_PER_HOUR else fact.model_copy(update={"flags": (*fact.flags, CROWDED)})


def announce(tally: Tally, now: datetime) -> Tally:
    """Returns the tally after its timer: every hour above the limit that nobody has been told of is announced, once."""
    if tally.wake_at is None or tally.wake_at > now.timestamp():
        return tally
    fresh = {
        hour: number for hour, number in tally.hours.items() if number > LIMIT_PER_HOUR and hour not in tally.announced
    }
    announced = dict(sorted({**tally.announced, **fresh}.items())[-KEEP_HOURS:])
    return tally.model_copy(update={"announced": announced, "wake_at": None})
