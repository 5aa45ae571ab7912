"""Reads text as the digits a person sees: invisible marks dropped, foreign digits and separators made plain.

A CPR number may be typed with a soft hyphen from a word processor, in full-width digits, with a no-break space. The
search works on a plain text of the same meaning and maps what it found back onto the original.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Cf: zero-width and bidi marks, soft hyphen. Mn, Me: combining marks, variation selectors, the keycap around a digit.
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` in which digits are ASCII, letters are letters and the rest separates; `at[i]` is where i came from."""

    text: str
    at: Sequence[int]


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    if character.isalpha():
        return "x"
    if unicodedata.digit(character, None) is not None:
        return "?"  # superscript, circled: a separator here, a digit in `enclosed`
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() and not folded.isalnum() else " "


def plain(text: str) -> Plain:
    """Returns `text` with decimal digits of every script as ASCII and the underscore as a separator."""
    if text.isascii():
        return Plain(text.replace("_", " "), range(len(text)))
    kept: list[str] = []
    at: list[int] = []
    for position, character in enumerate(text):
        seen = _plain_character(character)
        if seen:
            kept.append(" " if seen == "_" else seen)
            at.append(position)
    return Plain("".join(kept), at)


def enclosed(text: str) -> str:
    """Returns `text`, of the same length, with superscript and circled digits read as digits."""
    if text.isascii():
        return text
    return "".join(
        character if (digit := unicodedata.digit(character, None)) is None else str(digit) for character in text
    )
