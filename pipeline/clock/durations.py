"""Durations as the law's data writes them: ISO 8601 (`PT72H`, `P1D`, `PT15M`), months only where a rule says months."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from schemas.times import COPENHAGEN

_FIXED = re.compile(r"^(-)?P(?=\d|T\d)(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$")
_MONTHS = re.compile(r"^P(\d{1,2})M$")
_MONTHS_A_YEAR = 12


def parse(text: str) -> timedelta:
    """Returns the fixed duration that `text` writes in days, hours, minutes and seconds, elapsed; a leading minus
    turns it back.

    Raises ValueError for anything else: months and years have no fixed length.
    """
    match = _FIXED.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no fixed duration")
    sign, days, hours, minutes, seconds = match.groups()
    length = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return -length if sign else length


def add(start: datetime, period: str) -> datetime:
    """Returns `start` + `period`, which is a fixed duration (elapsed) or whole months (`P1M`), in UTC.

    A month ends at the same Danish wall time on the day of that number, or on the month's last day if it has none; of
    two readings of the wall time the earlier holds. Raises ValueError for another form.
    """
    months = _MONTHS.match(period)
    if months is None:
        return start.astimezone(UTC) + parse(period)
    wall = start.astimezone(COPENHAGEN).replace(tzinfo=None)
    index = wall.year * _MONTHS_A_YEAR + wall.month - 1 + int(months[1])
    first = wall.replace(year=index // _MONTHS_A_YEAR, month=index % _MONTHS_A_YEAR + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    last = (following - timedelta(days=1)).day
    ends = first.replace(day=min(wall.day, last))
    return min(ends.replace(tzinfo=COPENHAGEN, fold=fold).astimezone(UTC) for fold in (0, 1))


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return parse(value if isinstance(value, str) else repr(value))
    except ValueError:
        raise PydanticCustomError(
            "duration", "is no duration; write days, hours and minutes as in PT36H, P1D or PT15M"
        ) from None


def _read_period(value: object) -> str:
    if isinstance(value, str) and (_FIXED.match(value) or _MONTHS.match(value)):
        return value
    raise PydanticCustomError("period", "is no period; write PT24H, P1D or, for whole months, P1M")


Duration = Annotated[timedelta, BeforeValidator(_read)]
"""A fixed duration in a file: ISO 8601 days, hours, minutes."""

Period = Annotated[str, BeforeValidator(_read_period)]
"""A period in a file that may also be whole months; `add` counts it."""
