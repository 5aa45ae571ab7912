"""The last look at a text to staff before it goes out: nothing in it may be about a person."""

import re

from pipeline.delivery.text import Text
from pipeline.privacy.cpr import holds_cpr

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\dA-Z-])(?:\+45 ?)?\d{2} ?\d{2} ?\d{2} ?\d{2}(?![\d-])")
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


class AboutAPerson(ValueError):
    """A text holds something that can be about a person; says what kind, never what."""


def guarded(text: Text) -> Text:
    """Returns `text` unchanged. Raises AboutAPerson if it holds a CPR number, a mail address or a phone number.

    The link to act is left out of the look: its token is digits and letters by chance.
    """
    said = _LINK.sub("", f"{text.subject}\n{text.plain}")
    for kind, found in (
        ("a CPR number", holds_cpr(said)),
        ("a mail address", _ADDRESS.search(said) is not None),
        ("a phone number", _PHONE.search(said) is not None),
    ):
        if found:
            raise AboutAPerson(f"the text holds {kind}; a text to staff says nothing about a person")
    return text
