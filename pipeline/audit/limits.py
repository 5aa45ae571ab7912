"""How patient the auditor is, in real time; a sped-up clock stretches what is measured in shown time."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Spans of real time within which work counts as under way and evidence counts as complete."""

    grace: timedelta = timedelta(minutes=5)
    """Work younger than this is in flight. A take-over lasts a minute at most (design §2), an attempt at delivery too:
    what is not done after five is stuck."""

    margin: timedelta = timedelta(days=2)
    """Topics lose records by segment, each at its own hour of the day (a segment spans a day). In the last two days of
    its retention a record's answer may be gone before the record is: those days prove nothing."""

    retention_share: float = 0.8
    """An unread record that has used this share of its topic's retention is about to be lost: six days of thirty are
    left to act in."""
