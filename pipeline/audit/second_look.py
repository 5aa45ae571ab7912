"""A second opinion on CPR numbers, by this one pattern and nothing of what masks at the gate.

The auditor asks the gate's own detector, which knows every spelling; were that one mended into blindness, gate and auditor
would be blind together. This one knows the plain spellings alone, and calls nothing a number that the other would not.
"""

import re
from typing import Final

_PLAIN: Final = re.compile(r"(?<![0-9])([0-9]{2})([0-9]{2})[0-9]{2}[ -]?[0-9]{4}(?![0-9])")
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Of every year: whether there is a 29 February depends on the century."""


def reads_as_cpr(text: str) -> bool:
    """Says whether DDMMYYSSSS, DDMMYY-SSSS or DDMMYY SSSS stands in `text`; the day may carry 60."""
    for found in _PLAIN.finditer(text):
        day, month = int(found[1]), int(found[2])
        if 1 <= month <= 12 and 1 <= (day - 60 if day > 60 else day) <= _DAYS[month - 1]:
            return True
    return False
