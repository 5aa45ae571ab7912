"""Whether ten digits can be a CPR number: a day that exists in the century that the seventh digit names.

Never by modulus 11: since 1 October 2007 numbers without it are given out (Det Centrale Personregister).
"""

from datetime import date
from functools import lru_cache

from stdnum.dk.cpr import get_birth_date
from stdnum.exceptions import ValidationError

# Test persons and replacement numbers of the health service carry the day plus 60; they are spelled like the real one.
_REPLACEMENT = 60


def is_cpr(digits: str) -> bool:
    """Says whether the ten ASCII `digits` DDMMYYSSSS name a day; the day may carry 60 as replacement numbers do."""
    return _names_a_day(digits[:7])


@lru_cache(maxsize=1 << 16)
def _names_a_day(seven: str) -> bool:
    day = int(seven[:2])
    if day > _REPLACEMENT:
        seven = f"{day - _REPLACEMENT:02d}{seven[2:]}"
    try:
        get_birth_date(seven)
    except ValidationError:
        return False
    return True


def is_cpr_with_century(digits: str) -> bool:
    """Says whether the twelve ASCII `digits` DDMMYYYYSSSS name a day in the years a CPR number can name, 1858-2057."""
    return _names_a_day_of_a_century(digits[:8])


@lru_cache(maxsize=1 << 16)
def _names_a_day_of_a_century(eight: str) -> bool:
    day, month, year = int(eight[:2]), int(eight[2:4]), int(eight[4:])
    try:
        date(year, month, day - _REPLACEMENT if day > _REPLACEMENT else day)
    except ValueError:
        return False
    return 1858 <= year <= 2057
