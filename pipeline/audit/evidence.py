"""The evidence: a snapshot's records in the contract's shapes, and what could not be read as such."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.audit.moves import moves_later
from pipeline.audit.positions import Positions, positions
from pipeline.audit.snapshot import Snapshot
from pipeline.kafka.records import Seen
from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.deadletter import DeadLetter
from schemas.delivery import INDEXES, Delivery
from schemas.facts import Fact
from schemas.receipt import Receipt

Spot = tuple[str, int, int]
"""Topic, partition, offset."""

M = TypeVar("M", bound=BaseModel)

TALLY, AWAITED = "producer", "awaited"
"""Rows beside the cases: a producer's count of unreadable events; acts on a case that nobody has reported."""


@dataclass(frozen=True, slots=True)
class Lying(Generic[M]):
    """A record as read, with where it lies."""

    seen: Seen
    value: M


class ChainSeen(BaseModel):
    """What the auditor reads of a chain: which demand it is for, and the reason for waiting that it claims."""

    obligation: str
    clock: str
    rung: str
    rung_due_at: datetime
    level: str
    next_at: datetime | None = None
    acknowledged_until: datetime | None = None
    told: tuple[dict[str, object], ...] = ()


class _Kind(BaseModel):
    kind: str | None = None


class _State(BaseModel):
    chains: tuple[ChainSeen, ...] = ()


class WatchSeen(BaseModel):
    """A row of the chains table: when routing wants to wake, and the chains that run."""

    wake_at: float | None = None
    state: _State | None = None

    @property
    def chains(self) -> tuple[ChainSeen, ...]:
        """The chains that run."""
        return () if self.state is None else self.state.chains


@dataclass(slots=True)
class Evidence:
    """Everything that the checks look at."""

    snapshot: Snapshot
    positions: Positions
    receipts: list[Lying[Receipt]] = field(default_factory=list)
    facts: list[Lying[Fact]] = field(default_factory=list)  # on their way, or handled
    cases: dict[str, Lying[CaseRecord]] = field(default_factory=dict)
    awaited: dict[str, Lying[CaseRecord]] = field(default_factory=dict)
    moved: dict[str, list[tuple[CaseRecord, CaseRecord]]] = field(default_factory=dict)
    """Versions of a case between which a deadline came to lie later. All versions would be ten times the memory."""
    erased: set[str] = field(default_factory=set)
    chains: dict[str, Lying[WatchSeen]] = field(default_factory=dict)
    alerts: list[Lying[Alert]] = field(default_factory=list)
    deliveries: dict[str, Lying[Delivery]] = field(default_factory=dict)
    letters: list[Lying[DeadLetter]] = field(default_factory=list)
    unreadable: list[Seen] = field(default_factory=list)

    @property
    def on_their_way(self) -> Mapping[str, Sequence[Fact]]:
        """Facts that casework had not handled, by case."""
        found: dict[str, list[Fact]] = {}
        for lying in self.facts:
            if not self.positions.handled(lying.seen):
                found.setdefault(lying.value.case_id, []).append(lying.value)
        return found


def gather(snapshot: Snapshot) -> Evidence:
    """Returns the snapshot's records in their shapes; what does not fit its shape is listed, not passed over."""
    evidence = Evidence(snapshot, positions(snapshot))
    topics = snapshot.topics
    takers: dict[str, Callable[[Evidence, Seen], None]] = {
        topics.receipts: lambda e, s: e.receipts.append(_read(s, Receipt)),
        topics.facts: lambda e, s: e.facts.append(_read(s, Fact)),
        topics.cases: _case,
        topics.chains: _chain,
        topics.alerts: lambda e, s: e.alerts.append(_read(s, Alert)),
        topics.deliveries: _delivery,
        topics.deadletters: lambda e, s: e.letters.append(_read(s, DeadLetter)),
    }
    for seen in snapshot.records:
        taker = takers.get(seen.topic)
        if taker is None or seen.internal:
            continue
        try:
            taker(evidence, seen)
        except ValidationError:
            evidence.unreadable.append(seen)
    return evidence


def spot(seen: Seen) -> Spot:
    """Returns where a record lies."""
    return seen.topic, seen.partition, seen.offset


def written(where: Spot | Seen) -> str:
    """Returns a position as people and dead letters write it: `brudvagt.reports[2]@17`."""
    topic, partition, offset = spot(where) if isinstance(where, Seen) else where
    return f"{topic}[{partition}]@{offset}"


def _read(seen: Seen, model: type[M]) -> Lying[M]:
    return Lying(seen, model.model_validate_json(seen.value or b""))


def _key(seen: Seen) -> str:
    return (seen.key or b"").decode("utf-8", "replace")


def _case(evidence: Evidence, seen: Seen) -> None:
    key = _key(seen)
    if seen.value is None:
        evidence.erased.add(key)
        for table in (evidence.cases, evidence.awaited, evidence.moved):
            table.pop(key, None)
        return
    kind = _read(seen, _Kind).value.kind
    if kind == TALLY:
        return
    read = _read(seen, CaseRecord)
    if kind == AWAITED:
        evidence.awaited[key] = read
        return
    evidence.awaited.pop(key, None)
    before = evidence.cases.get(key)
    if before is not None and any(moves_later(before.value, read.value)):
        evidence.moved.setdefault(key, []).append((before.value, read.value))
    evidence.cases[key] = read


def _chain(evidence: Evidence, seen: Seen) -> None:
    if seen.value is None:
        evidence.chains.pop(_key(seen), None)
    else:
        evidence.chains[_key(seen)] = _read(seen, WatchSeen)


def _delivery(evidence: Evidence, seen: Seen) -> None:
    key = _key(seen)
    if seen.key is not None and seen.key.startswith(INDEXES):
        return
    if seen.value is None:
        evidence.deliveries.pop(key, None)
    else:
        evidence.deliveries[key] = _read(seen, Delivery)
