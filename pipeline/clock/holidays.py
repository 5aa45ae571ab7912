"""Danish public holidays, and the days on which offices close although the law knows no holiday.

Regulation 1182/71 Art. 2(1): holidays are those of the Member State. 5 June, 24 and 31 December and the day after
Ascension are not `helligdage` in law; whether an office is closed then is a setting and moves no deadline.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from holidays import country_holidays

_SATURDAY = 5
_ASCENSION = "Kristi himmelfartsdag"


class OfficeClosed(StrEnum):
    """Days that are no public holiday, on which many municipal offices close all the same."""

    CONSTITUTION_DAY = "constitution_day"
    CHRISTMAS_EVE = "christmas_eve"
    NEW_YEARS_EVE = "new_years_eve"
    DAY_AFTER_ASCENSION = "day_after_ascension"


NOTHING_MORE: frozenset[OfficeClosed] = frozenset()


@lru_cache(maxsize=64)
def danish_holidays(year: int) -> dict[date, str]:
    """Returns the public holidays of `year` with their Danish names (domain.md §5.3)."""
    return dict(country_holidays("DK", years=year, language="da"))


@lru_cache(maxsize=256)
def office_closed(year: int, extra: frozenset[OfficeClosed]) -> frozenset[date]:
    """Returns the dates of the `extra` closing days in `year`."""
    ascension = next(day for day, name in danish_holidays(year).items() if _ASCENSION.casefold() in name.casefold())
    dates = {
        OfficeClosed.CONSTITUTION_DAY: date(year, 6, 5),
        OfficeClosed.CHRISTMAS_EVE: date(year, 12, 24),
        OfficeClosed.NEW_YEARS_EVE: date(year, 12, 31),
        OfficeClosed.DAY_AFTER_ASCENSION: ascension + timedelta(days=1),
    }
    return frozenset(dates[name] for name in extra)


def is_working_day(day: date, extra: frozenset[OfficeClosed] = NOTHING_MORE) -> bool:
    """Says whether `day` is a working day: no Saturday, Sunday, public holiday, nor one of the `extra` closing days."""
    if day.weekday() >= _SATURDAY or day in danish_holidays(day.year):
        return False
    return not extra or day not in office_closed(day.year, extra)
