"""Masks CPR numbers in every spelling a person may use. Rather one date too many than one number too few."""

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from pipeline.privacy.calendar import is_cpr, is_cpr_with_century
from pipeline.privacy.spelling import Plain, enclosed, plain

MASK = "[CPR]"

# Between two digits: nothing, or up to twelve characters that are neither letter nor digit. Possessive, so that a long
# run of separators costs one look from each digit and no more.
_GAP = r"[^0-9A-Za-z]{0,12}+"
_DAY = rf"(?:0{_GAP}[1-9]|[12]{_GAP}[0-9]|3{_GAP}[01]|6{_GAP}[1-9]|[78]{_GAP}[0-9]|9{_GAP}[01])"
_MONTH = rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2])"
_YEAR = rf"[0-9]{_GAP}[0-9]"
_CENTURY = rf"(?:1{_GAP}[89]|2{_GAP}0)"
_SERIAL = rf"[0-9]{_GAP}[0-9]{_GAP}[0-9]{_GAP}[0-9]"
_TEN = re.compile(rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}{_GAP}{_SERIAL}")
_TWELVE = re.compile(rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_CENTURY}{_GAP}{_YEAR}{_GAP}{_SERIAL}")
_SIX_AND_FOUR = re.compile(r"[0-9]{6}[^0-9]+[0-9]{4}")
_NOT_DIGIT = re.compile(r"[^0-9]+")
# 15.10.2026 12:30 and 15.10.2026 12.30 are a day and a time of day; 201126 12:30 too.
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3])[ ]?([.:])[ ]?[0-5][0-9]$")
# 15.10.2026 18 borgere: a day with its year in full and a number after it; the ten digits end within that number.
_FULL_YEAR = re.compile(r"[^0-9](?:18|19|20)[0-9]{2}[^0-9]+[0-9][^0-9]*[0-9]$")


def mask(text: str) -> str:
    """Returns `text` with every CPR number, however spelled, as `[CPR]`.

    Contiguous or with separators between any digits, `DDMMYY` or `DDMMYYYY`, digits of any script, invisible marks in
    between. A longer run of digits is masked whole if a number lies within it. Dates without a serial stay. Source:
    domain rules on identifiers, cpr.dk on the century digit; modulus 11 is not looked at.
    """
    spans = _merged(text)
    if not spans:
        return text
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        parts += (text[end:start], MASK)
        end = stop
    parts.append(text[end:])
    return "".join(parts)


def holds_cpr(text: str) -> bool:
    """Says whether `mask` would change `text`."""
    return bool(_merged(text))


def holds_separate_cpr(text: str) -> bool:
    """Says whether a CPR number stands in `text` with no digit right before or after it.

    For identifiers, which are refused and not masked: a number within a longer run of digits is no reason, or one in
    three sequence numbers of 19 digits would be refused by chance.
    """
    if _too_few_digits(text):
        return False
    seen = plain(text)
    return any(not _touches_digits(seen.text, start, stop) for start, stop in _spans(seen))


def mask_all(value: JsonValue) -> JsonValue:
    """Returns `value` with every string in it masked, the names of members too; two names that become one keep both
    values under numbered names, so that nothing is lost. Nesting is bounded by the gate, not here."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [mask_all(item) for item in value]
    if isinstance(value, dict):
        masked: dict[str, JsonValue] = {}
        for name, item in value.items():
            free = name = mask(name)
            number = 2
            while free in masked:
                free, number = f"{name}#{number}", number + 1
            masked[free] = mask_all(item)
        return masked
    return value


def _too_few_digits(text: str) -> bool:
    return len(text) < 10 or sum(map(str.isdigit, text)) < 10


def _merged(text: str) -> list[tuple[int, int]]:
    """Returns the spans of `text` to mask, in order and apart."""
    if _too_few_digits(text):
        return []
    found: list[tuple[int, int]] = []
    for reading in {text, enclosed(text)}:
        seen = plain(reading)
        end = 0
        for start, stop in _joined(sorted(_spans(seen))):
            if stop > end:  # else within a run that was taken whole already
                start, end = _whole_runs(seen.text, start, stop)
                found.append((seen.at[start], seen.at[end - 1] + 1))
    return _joined(sorted(found))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _spans(seen: Plain) -> Iterator[tuple[int, int]]:
    """Yields where numbers stand in the plain text, those of ten digits first, each kind in order."""
    text = seen.text
    for pattern, is_number, length in ((_TEN, is_cpr, 10), (_TWELVE, is_cpr_with_century, 12)):
        position = 0
        while candidate := pattern.search(text, position):
            start, stop = candidate.span()
            position = start + 1  # numbers may overlap in the eye of the search: 12.10.90 01 01 90 1234
            spelled = candidate[0]
            if _is_spelling(text, start, stop, spelled, length) and is_number(_NOT_DIGIT.sub("", spelled)):
                yield start, stop


def _is_spelling(text: str, start: int, stop: int, spelled: str, length: int) -> bool:
    """Says whether the digits are written as one number would be, and not as parts of other numbers side by side."""
    if len(spelled) == length == 10:
        return True  # ten digits on end: masked wherever they lie, a longer run may be two numbers joined
    if _SIX_AND_FOUR.fullmatch(spelled):
        return True
    if _touches_digits(text, start, stop):
        return False
    time_of_day = _TIME_OF_DAY.search(spelled)
    if time_of_day and (time_of_day[1] == ":" or not spelled[:6].isdigit()):
        return False
    return not (length == 10 and _FULL_YEAR.search(spelled))


def _touches_digits(text: str, start: int, stop: int) -> bool:
    return text[start - 1 : start].isdigit() or text[stop : stop + 1].isdigit()


def _whole_runs(text: str, start: int, stop: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    while stop < len(text) and text[stop].isdigit():
        stop += 1
    return start, stop
