"""The topics of one municipality's own, so that the broker's ACLs keep municipalities apart."""

import re
from dataclasses import dataclass
from typing import Final

OWN: Final = ("reports", "actions", "cases", "receipts")
"""Which of the platform's topics a municipality can have for itself: two in, two out."""

_NAME: Final = re.compile(rf"(?P<prefix>[^.]+)\.({'|'.join(OWN)})\.(?P<kommunekode>\d{{3}})")


@dataclass(frozen=True, slots=True)
class TenantTopics:
    """Full names of a municipality's topics: `brudvagt.reports.657` and so on."""

    prefix: str
    kommunekode: str

    @property
    def reports(self) -> str:
        """What its form systems send."""
        return f"{self.prefix}.reports.{self.kommunekode}"

    @property
    def actions(self) -> str:
        """What its people's tools send."""
        return f"{self.prefix}.actions.{self.kommunekode}"

    @property
    def cases(self) -> str:
        """A copy of its rows of the platform's cases."""
        return f"{self.prefix}.cases.{self.kommunekode}"

    @property
    def receipts(self) -> str:
        """A copy of the answers to what came in by its own topics."""
        return f"{self.prefix}.receipts.{self.kommunekode}"


def tenant_of(prefix: str, topic: str) -> str | None:
    """Returns the kommunekode of the municipality whose own topic this is, configured or not; None for the platform's.

    By the name alone: a record keeps its municipality when it is replayed after that has left, or in an installation
    that was restored without it.
    """
    found = _NAME.fullmatch(topic)
    return found["kommunekode"] if found is not None and found["prefix"] == prefix else None
