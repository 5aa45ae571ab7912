"""A sound story, told in hand-made records: one report, its case, its alert, its delivery. Tests break one thing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from pydantic import JsonValue

from pipeline.audit.policies import PolicyFile
from pipeline.audit.retentions import designed
from pipeline.audit.snapshot import Part, Snapshot
from pipeline.kafka.records import Headers, Seen
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from schemas.shape import Kept

TOPICS = Topics(prefix="a", partitions=1)
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
TOLD = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # TOLD and three days
CASE = "657-7F3KQ-2M9XB-T"
FACT, ALERT = "f" * 31 + "1", "a" * 31 + "1"
POLICY = PolicyFile(
    "gdpr33-dk",
    timedelta(hours=72),
    timedelta(hours=24),
    timedelta(hours=12),
    datetime(2018, 5, 25, tzinfo=UTC),
)
NIS2 = PolicyFile(
    id="nis2-dk",
    deadline=timedelta(hours=72),
    awareness_cap=timedelta(0),
    page_within=timedelta(hours=12),
    starts_at=datetime(2025, 7, 1, tzinfo=UTC),
)

Body = dict[str, JsonValue]


@dataclass(slots=True)
class Scene:
    """Records in the order in which they were written; `read` is how far each stage has read its inputs."""

    now: datetime = NOW
    clock: Clock = field(default_factory=Clock.real)
    records: list[Seen] = field(default_factory=list)
    starts: dict[Part, int] = field(default_factory=dict)
    retentions: dict[str, timedelta | None] = field(default_factory=dict)  # where they are not the design's
    _ends: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def put(
        self,
        topic: str,
        value: Body | Kept | bytes | None,
        *,
        key: str = "",
        at: datetime = TOLD,
        headers: Headers = (),
    ) -> Seen:
        """Writes one record and returns it."""
        raw = value.encode() if isinstance(value, Kept) else value
        raw = orjson.dumps(raw) if isinstance(raw, dict) else raw
        offset = self._ends[topic]
        self._ends[topic] += 1
        seen = Seen(topic, 0, offset, int(at.timestamp() * 1000), key.encode(), raw, headers)
        self.records.append(seen)
        return seen

    def positions(self, table: str, **read: int) -> None:
        """Writes a stage's position row; `read` by the topic's last name."""
        told: Body = {f"{TOPICS.prefix}.{name}": offset for name, offset in read.items()}
        self.put(table, {"v": 1, "partitions": 1, "positions": told}, key="\x00engine")

    def all_read(self) -> None:
        """Every stage has handled everything that lies there now."""
        ends = self._ends
        intake = {name: ends[f"{TOPICS.prefix}.{name}"] for name in ("reports", "actions", "replays")}
        self.positions(TOPICS.intake, **intake)
        self.positions(TOPICS.cases, facts=ends[TOPICS.facts])
        self.positions(TOPICS.chains, cases=ends[TOPICS.cases])
        self.positions(TOPICS.deliveries, alerts=ends[TOPICS.alerts])

    def snapshot(self, policies: Sequence[PolicyFile] = (POLICY, NIS2)) -> Snapshot:
        """Returns the snapshot as the reader would take it."""
        names = [spec.name for spec in TOPICS.specs()]
        return Snapshot(
            topics=TOPICS,
            clock=self.clock,
            now=self.now,
            policies=policies,
            records=sorted(self.records, key=lambda one: (one.topic, one.partition, one.offset)),
            starts={(name, 0): self.starts.get((name, 0), 0) for name in names},
            ends={(name, 0): self._ends[name] for name in names},
            retentions=designed(TOPICS) | self.retentions,
        )


def iso(at: datetime) -> str:
    """Returns a time as records hold it."""
    return at.isoformat()


def origin(topic: str = TOPICS.reports, offset: int = 0) -> Body:
    """Returns where a fact came from."""
    return {"topic": topic, "partition": 0, "offset": offset, "source": "/forms/657/staff"}


def fact(kind: str = "report.received", **other: JsonValue) -> Body:
    """Returns one fact of the case."""
    sent: Body = {"origin": origin()} if kind.startswith("report") else {}
    return {
        "fact_id": FACT,
        "kind": kind,
        "case_id": CASE,
        "municipality": "657",
        "occurred_at": iso(TOLD),
        "recorded_at": iso(TOLD),
        "by": {"role": "sender", "local_id": "form"},
        "sender": "/forms/657/staff",
        "event_id": "e-1",
        "body": {},
        **sent,
        **other,
    }


def person(kind: str, at: datetime, fact_id: str = "f" * 31 + "2", **body: JsonValue) -> Body:
    """Returns a fact that a person stands for."""
    who: Body = {"role": "dpo", "local_id": "dpo"}
    return fact(kind, fact_id=fact_id, recorded_at=iso(at), by=who, sender="dpo:dpo", event_id="e-2", body=body)


def receipt(outcome: str = "accepted", offset: int = 0, **other: JsonValue) -> Body:
    """Returns the receipt of an ingress record."""
    return {
        "outcome": outcome,
        "topic": TOPICS.reports,
        "partition": 0,
        "offset": offset,
        "received_at": iso(TOLD),
        "source": "/forms/657/staff",
        "event_id": "e-1",
        "event_type": "dk.brudvagt.breach.reported",
        "municipality": "657",
        "references": [CASE],
        **other,
    }


def clock(**other: JsonValue) -> Body:
    """Returns the case's clock: 72 hours from the report."""
    same: Body = {name: iso(DEADLINE) for name in ("hour_rule_at", "extended_full_at", "extended_part_at")}
    return {
        "policy": "gdpr33-dk",
        "policy_hash": "0" * 64,
        "hours": 72.0,
        "aware_at": iso(TOLD),
        "deadline_at": iso(DEADLINE),
        "amber_at": iso(DEADLINE),
        **same,
        **other,
    }


def case(facts: Sequence[Body] | None = None, **other: JsonValue) -> Body:
    """Returns the case, its DPO asked at the opening, the next rung at +24 h reached and +48 h ahead."""
    return {
        "reference": CASE,
        "municipality": "657",
        "status": "open",
        "kind": "breach",
        "opened_at": iso(TOLD),
        "awareness": {"signal_at": iso(TOLD), "signal_fact": FACT, "aware_at": iso(TOLD)},
        "clocks": [clock()],
        "outcome": "risk",
        "obligations": [{"name": "decide", "role": "decision_maker", "since": iso(TOLD)}],
        "demands": [demand()],
        "wake_at": (TOLD + timedelta(hours=48)).timestamp(),
        "facts": list(facts) if facts is not None else [fact()],
        **other,
    }


def demand(**other: JsonValue) -> Body:
    """Returns what is asked for now."""
    since = TOLD + timedelta(hours=24)
    return {
        "obligation": "decide",
        "role": "decision_maker",
        "clock": "gdpr33-dk",
        "rung": "plus_24h",
        "rung_due_at": iso(since),
        **other,
    }


def chains(**other: JsonValue) -> Body:
    """Returns routing's row: one chain for the demand, its next step ahead."""
    chain: Body = {
        "obligation": "decide",
        "clock": "gdpr33-dk",
        "rung": "plus_24h",
        "rung_due_at": iso(TOLD + timedelta(hours=24)),
        "level": "act",
        "told": [{"local_id": "direktion"}],
        **other,
    }
    return {"wake_at": (NOW + timedelta(hours=1)).timestamp(), "state": {"chains": [chain]}}


def alert(**other: JsonValue) -> Body:
    """Returns the alert about the demand."""
    return {
        "alert_id": ALERT,
        "kind": "case",
        "level": "act",
        "municipality": "657",
        "reference": CASE,
        "obligation": "decide",
        "rung": "plus_24h",
        "recipient": "direktion",
        "role": "decision_maker",
        "channel": "mail",
        "created_at": iso(TOLD + timedelta(hours=24)),
        "supersedes": "5" * 32,
        **other,
    }


def delivery(status: str = "sent", about: Mapping[str, JsonValue] | None = None, **other: JsonValue) -> Body:
    """Returns the alert's story, sent."""
    sent: Body = {"sent_at": iso(TOLD + timedelta(hours=24, seconds=1))} if status == "sent" else {}
    return {"alert": dict(about or alert()), "status": status, **sent, **other}


@dataclass(slots=True)
class Parts:
    """What a sound story consists of; a test replaces one part, or leaves it out with None."""

    ingress: Body | None = field(default_factory=lambda: Body(id="e-1"))
    receipt: Body | None = field(default_factory=receipt)
    case: Body | None = field(default_factory=case)
    chains: Body | None = field(default_factory=chains)
    alert: Body | None = field(default_factory=alert)
    delivery: Body | None = field(default_factory=delivery)


def story(parts: Parts | None = None, scene: Scene | None = None) -> Scene:
    """Returns a scene in which the story was told and every stage has handled all of it."""
    parts, told = parts or Parts(), scene or Scene()
    later = TOLD + timedelta(hours=24)
    rows = (
        (TOPICS.reports, parts.ingress, "any", TOLD),
        (TOPICS.facts, fact(), CASE, TOLD),
        (TOPICS.receipts, parts.receipt, "/forms/657/staff#e-1", TOLD),
        (TOPICS.cases, parts.case, CASE, later),
        (TOPICS.chains, parts.chains, CASE, later),
        (TOPICS.alerts, parts.alert, CASE, later),
        (TOPICS.deliveries, parts.delivery, ALERT, later),
    )
    for topic, value, key, at in rows:
        if value is not None:
            told.put(topic, value, key=key, at=at)
    told.put(TOPICS.deliveries, ALERT.encode(), key="newest/" + "5" * 32)
    told.all_read()
    return told
