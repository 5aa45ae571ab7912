"""Records as a plain client sees them: what it sends, and what it finds in a topic."""

from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send; without a partition its key decides, as for any Kafka client."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it lies in a topic. `timestamp_ms` is the broker's, real time."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def internal(self) -> bool:
        """Whether the key is one of the engine's own, which readers of a table skip."""
        return self.key is not None and self.key.startswith(b"\x00")
