"""What routing and delivery find out about a case and hand to the agent, which mints the fact."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from schemas.alert import Alert
from schemas.facts import FactKind


@dataclass(frozen=True, slots=True)
class Found:
    """A fact to be minted by the machine: `identity` is what makes it this one and no other."""

    kind: FactKind
    occurred_at: datetime
    identity: tuple[JsonValue, ...]
    body: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Raised:
    """What one look at a chain brought about."""

    alerts: tuple[Alert, ...] = ()
    found: tuple[Found, ...] = ()

    def __add__(self, other: "Raised") -> "Raised":
        if not other.alerts and not other.found:
            return self  # most looks find nothing to do
        return Raised(self.alerts + other.alerts, self.found + other.found)


NOTHING = Raised()
