"""One identity for machines and people: `657-7F3KQ-2M9XB-T`.

Municipality code, 50 bits of SHA-256 over municipality and correlation in Crockford's base 32, and a check character
(ISO 7064 mod 37,36: every single wrong character and nearly every swap is noticed). Whoever holds a reference can
address its partition without a look-up.
"""

import hashlib
import re

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORM = re.compile(r"^([0-9]{3})-?([0-9A-Z]{5})-?([0-9A-Z]{5})-?([0-9A-Z])$")
_READ_AS = str.maketrans("ILO", "110")


class NotAReference(ValueError):
    """The text is no reference, or a mistyped one; says which."""


def correlation_digest(correlation: str) -> str:
    """Returns the 64 hex digits that stand for a correlation; the cases of one incident share them everywhere."""
    return hashlib.sha256(correlation.encode()).hexdigest()


def case_digest(municipality: str, correlation: str) -> str:
    """Returns the full 64 hex digits behind a reference; a case keeps them, so that a collision is noticed."""
    return hashlib.sha256(f"{municipality}\x00{correlation}".encode()).hexdigest()


def reference(municipality: str, correlation: str) -> str:
    """Returns the reference of the case that `correlation` names in `municipality` (three digits)."""
    bits = int(case_digest(municipality, correlation), 16) >> (256 - 50)
    body = "".join(ALPHABET[(bits >> shift) & 31] for shift in range(45, -5, -5))
    return f"{municipality}-{body[:5]}-{body[5:]}-{_check(municipality + body)}"


def read(text: str) -> str:
    """Returns the reference that a person typed, in its one spelling: hyphens and case are free, I, L and O are mended.

    Raises NotAReference for another form or a wrong check character.
    """
    match = _FORM.match(text.strip().upper())
    if match is None:
        raise NotAReference(f"{text!r} is not a reference; one looks like 657-7F3KQ-2M9XB-T")
    municipality, first, second, check = match.groups()
    first, second = first.translate(_READ_AS), second.translate(_READ_AS)
    if check != _check(municipality + first + second):
        raise NotAReference(f"{text!r} is mistyped: its check character does not fit; read it again from the alert")
    return f"{municipality}-{first}-{second}-{check}"


def municipality_of(ref: str) -> str:
    """Returns the three digits of the municipality that a reference belongs to."""
    return ref[:3]


def _check(number: str) -> str:
    digit: str = mod_37_36.calc_check_digit(number)
    return digit
