"""Where Brudvagt may deliver to: `.example` and nothing else, unless an installation says explicitly that it is real."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

_MAIL = re.compile(r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)$")


class Destinations(StrEnum):
    """Which addresses are deliverable. Shipped configuration is `example_only`; `production` is a deliberate choice."""

    EXAMPLE_ONLY = "example_only"
    PRODUCTION = "production"


def allowed(address: str, destinations: Destinations) -> bool:
    """Whether an alert may be delivered to `address`, a mail address or an http(s) URL.

    Outside production only hosts under the reserved top-level domain `.example` (RFC 2606) are; anything that is
    neither a plain mail address nor a plain URL never is.
    """
    host = host_of(address)
    if host is None:
        return False
    return destinations is Destinations.PRODUCTION or host == "example" or host.endswith(".example")


def is_mail(address: str) -> bool:
    """Whether `address` is one plain mail address: no display name, no comment, no second recipient, no line break."""
    return _MAIL.fullmatch(address) is not None


def host_of(address: str) -> str | None:
    """Returns the host that `address` leads to in lower case, or None where it is neither mail address nor URL."""
    mail = _MAIL.fullmatch(address)
    if mail is not None:
        return mail[1].lower()
    if not address.isascii() or not address.isprintable() or any(sign in address for sign in " \\"):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or host is None or parts.username is not None:
        return None
    return host.lower().rstrip(".")
