"""Which version of its kind a row or record of Brudvagt's own is, told from its first bytes.

Fields are added without a new version: readers pass over what they do not know and carry it through. A new version is
what an older worker must not touch. It stands first in the JSON, or right behind `wake_at`; where there is none, it is
the first.
"""

import re
from typing import Final

FIRST: Final = "2026-11-01"
READ: Final = frozenset({FIRST})
"""What this Brudvagt reads."""

_HEAD = re.compile(rb'\{(?:"wake_at":[0-9.]+,)?"schema_version":"([^"]*)"')


def version_of(row: bytes) -> str:
    """Returns the version of a row or record."""
    found = _HEAD.match(row)
    return FIRST if found is None else found[1].decode("utf-8", "replace")


def unread(row: bytes) -> str | None:
    """Returns the version of a row that this Brudvagt must not touch; None for one that it reads."""
    return None if (version := version_of(row)) in READ else version


class UnreadVersion(ValueError):
    """A row that only a newer Brudvagt understands; the message says which, and what to do."""


def must_be_read(key: bytes, row: bytes) -> None:
    """Raises UnreadVersion for a row of a version that this Brudvagt does not read: what it says may mean something else."""
    if (version := unread(row)) is not None:
        raise UnreadVersion(refusal(f"the row of {key.decode('utf-8', 'replace')}", version))


def refusal(what: str, version: str) -> str:
    """Returns why `what` is left alone, and what to do."""
    return (
        f"{what} has schema version {version}, and this Brudvagt reads {', '.join(sorted(READ))}: a newer one wrote it. "
        "Start the newer one again, or go back by import (docs/upgrade.md); nothing was changed"
    )
