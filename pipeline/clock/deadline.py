"""The deadline in its four readings. Alarms follow the strict one; the others are shown as information.

Regulation (EEC, Euratom) 1182/71: Art. 3(1) does not count the hour of the event; Art. 3(5) wants two working days in a
period of two days or more, which is contested for hours. Datatilsynet let a weekend run on (2020-442-8866).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from pipeline.clock.holidays import is_working_day
from pipeline.clock.policy import Policy
from schemas.times import COPENHAGEN

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WORKING_DAYS = 2  # Art. 3(5): a period of two days or more includes at least two working days


@dataclass(frozen=True, slots=True)
class Readings:
    """One deadline as four readings of the rules give it, each an aware time in UTC."""

    strict: datetime
    hour_rule: datetime
    extended_full: datetime
    extended_part: datetime


def strict(aware_at: datetime, policy: Policy) -> datetime:
    """Returns `aware_at` + the policy's hours in UTC, elapsed: no weekend, holiday or change of clocks extends it."""
    return aware_at.astimezone(UTC) + policy.deadline


def readings(aware_at: datetime, policy: Policy) -> Readings:
    """Returns the four readings (domain.md §5.2) of the deadline that an aware `aware_at` starts under `policy`."""
    return _readings(aware_at.astimezone(UTC), policy)


@lru_cache(maxsize=256)  # a projection asks four times about the same two moments, and so does the next of the case
def _readings(aware_at: datetime, policy: Policy) -> Readings:
    """Returns the same for a time in UTC: elsewhere the two halves of the doubled hour are equal keys."""
    begins = aware_at.replace(minute=0, second=0, microsecond=0) + _HOUR
    ends = begins + policy.deadline
    applies = policy.deadline >= _WORKING_DAYS * _DAY
    return Readings(
        strict=strict(aware_at, policy),
        hour_rule=ends,
        extended_full=_with_whole_days(begins, ends) if applies else ends,
        extended_part=_with_parts_of_days(begins, ends) if applies else ends,
    )


def _with_whole_days(begins: datetime, ends: datetime) -> datetime:
    """Returns `ends`, or the later end of the second working day that lies inside as a whole."""
    day = begins.astimezone(COPENHAGEN).date()
    first_whole = day if _midnight(day) == begins else day + _DAY
    return max(ends, _midnight(_second_working_day(first_whole) + _DAY))


def _with_parts_of_days(begins: datetime, ends: datetime) -> datetime:
    """Returns `ends` if two working days have a part inside, else the end of the second."""
    second = _second_working_day(begins.astimezone(COPENHAGEN).date())
    return ends if _midnight(second) < ends else _midnight(second + _DAY)


def _second_working_day(day: date) -> date:
    found = 0
    while True:
        found += is_working_day(day)
        if found == _WORKING_DAYS:
            return day
        day += _DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), COPENHAGEN).astimezone(UTC)
