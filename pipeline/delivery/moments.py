"""Times as a text's reader says them: Danish, or English in the same zone."""

from datetime import datetime, timedelta

from pipeline.clock import localtime
from schemas.times import COPENHAGEN

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def moment(at: datetime, language: str) -> str:
    """Returns a time in full, in Danish local time."""
    if language != "en":
        return localtime.deadline_form(at)
    local = at.astimezone(COPENHAGEN)
    day = f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} at {local:%H:%M} {local.tzname()}"


def left(now: datetime, deadline_at: datetime, language: str) -> str:
    """Returns how much time is left, or by how much the deadline has passed."""
    if language != "en":
        return localtime.time_left(now, deadline_at)
    remaining = deadline_at - now
    if remaining < timedelta(0):
        return f"overdue by {length(remaining, language)}"
    return f"{length(remaining, language)} left"


def length(span: timedelta, language: str) -> str:
    """Returns a duration in hours and whole minutes."""
    said = localtime.duration_form(span)
    return said.replace(" t", " h") if language == "en" else said
