"""The answer to every ingress record: what became of it, and what was wrong if it was rejected."""

from datetime import datetime
from enum import StrEnum

from schemas.shape import Kept


class IngressOutcome(StrEnum):
    """Every record on an ingress topic gets exactly one of these."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Problem(Kept):
    """One thing wrong with an event: a stable code, where, why and what to do. Never the value."""

    code: str
    path: str  # JSON pointer, or a header's name
    reason: str
    remedy: str


class Receipt(Kept):
    """One receipt. The key on the topic is the sender's source and event id, or the position if they are illegible."""

    outcome: IngressOutcome
    topic: str
    partition: int
    offset: int
    received_at: datetime
    source: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    municipality: str | None = None
    references: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    flags: tuple[str, ...] = ()
    tenant: str | None = None  # kommunekode of the municipality by whose own topic the record came
