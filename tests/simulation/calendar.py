"""An almanac that shares nothing with the code it judges: Danish holidays written out by hand, the offices' hours.

Holidays: lov om helligdage; Easter Sundays 5 April 2026, 28 March 2027, 16 April 2028. The great prayer day is none
since 2024.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DANISH = ZoneInfo("Europe/Copenhagen")
_EASTER = {2025: date(2025, 4, 20), 2026: date(2026, 4, 5), 2027: date(2027, 3, 28), 2028: date(2028, 4, 16)}
_AFTER_EASTER = (-3, -2, 0, 1, 39, 49, 50)  # Maundy Thursday to Easter Monday, Ascension, Whit Sunday and Monday
OPENS, CLOSES = 7, 20
_FRIDAY = 4


def holiday(day: date) -> bool:
    """Says whether a day is a Danish public holiday."""
    if (day.month, day.day) in ((1, 1), (12, 25), (12, 26)):
        return True
    return any(day == _EASTER[day.year] + timedelta(days=offset) for offset in _AFTER_EASTER)


def awake(at: datetime) -> bool:
    """Says whether the five municipalities can be told something that does not haste: weekdays 7 to 20, Danish time."""
    local = at.astimezone(DANISH)
    return local.weekday() <= _FRIDAY and not holiday(local.date()) and OPENS <= local.hour < CLOSES


def next_awake(at: datetime) -> datetime:
    """Returns `at` itself, or the next seven o'clock of a weekday, in UTC."""
    if awake(at):
        return at
    day = at.astimezone(DANISH).date()
    while True:
        opening = datetime(day.year, day.month, day.day, OPENS, tzinfo=DANISH).astimezone(UTC)
        if opening > at and awake(opening):
            return opening
        day += timedelta(days=1)
