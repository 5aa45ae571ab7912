"""Opening hours: whether it is working time, when it is so again, and adding working time to a moment.

Only people's time is counted in it (quiet hours, steps of an `act` chain); no legal deadline ever is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pipeline.clock.holidays import NOTHING_MORE, OfficeClosed, danish_holidays, office_closed
from schemas.times import COPENHAGEN

_DAY = timedelta(days=1)
_WEEK = 7
_DAYS_AHEAD = 366  # no office is closed longer; beyond, the hours are wrong rather than the search too short

Opening = tuple[time, time]
"""Opening and closing, local time; closing at 00:00 means midnight."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When an office works: an opening per weekday (Monday first; None is closed), never on public holidays.

    Raises ValueError if the week has not seven days, has no opening, or one that closes before it opens.
    """

    week: tuple[Opening | None, ...]
    closed: frozenset[OfficeClosed] = NOTHING_MORE
    closed_dates: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != _WEEK:
            raise ValueError(f"opening hours are given for {len(self.week)} weekdays; give seven, Monday first")
        openings = [opening for opening in self.week if opening is not None]
        if not openings:
            raise ValueError("the office never opens; give opening hours for one weekday at least")
        for opens, closes in openings:
            if closes != time(0) and closes <= opens:
                raise ValueError(f"closes at {closes:%H:%M} but opens at {opens:%H:%M}; closing must come later")


def is_open(at: datetime, hours: Hours) -> bool:
    """Says whether the office is open at an aware `at`: from opening to before closing."""
    opening = _opening(at.astimezone(COPENHAGEN).date(), hours)
    return opening is not None and opening[0] <= at < opening[1]


def next_opening(at: datetime, hours: Hours) -> datetime:
    """Returns `at` itself if the office is open, else when it opens next, in UTC.

    Raises ValueError if it does not within a year.
    """
    day = at.astimezone(COPENHAGEN).date()
    for ahead in range(_DAYS_AHEAD):
        opening = _opening(day + ahead * _DAY, hours)
        if opening is not None and at < opening[1]:
            return max(at.astimezone(UTC), opening[0])
    raise ValueError(f"the office does not open within a year of {at.isoformat()}; correct its closed dates")


def add_working_time(start: datetime, length: timedelta, hours: Hours) -> datetime:
    """Returns when `length` of open time has passed since `start`, in UTC; exactly at closing it ends there.

    Elapsed time is counted, also where clocks change. Raises ValueError for a negative length, or as `next_opening`.
    """
    if length < timedelta(0):
        raise ValueError("working time can only be added")
    at, left = start.astimezone(UTC), length
    while left:
        at = next_opening(at, hours)
        opening = _opening(at.astimezone(COPENHAGEN).date(), hours)
        assert opening is not None
        spent = min(left, opening[1] - at)
        at, left = at + spent, left - spent
    return at


def _opening(day: date, hours: Hours) -> tuple[datetime, datetime] | None:
    opening = hours.week[day.weekday()]
    if opening is None or day in hours.closed_dates or day in danish_holidays(day.year):
        return None
    if hours.closed and day in office_closed(day.year, hours.closed):
        return None
    opens, closes = opening
    closing_day = day + _DAY if closes == time(0) else day
    return _utc(day, opens), _utc(closing_day, closes)


def _utc(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, COPENHAGEN).astimezone(UTC)
