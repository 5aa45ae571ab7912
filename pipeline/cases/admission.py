"""From an admitted event to facts on cases; from a refused report to the case it opens all the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.entitlement import entitlement
from pipeline.cases.identity import (
    NotAReference,
    case_digest,
    correlation_digest,
    municipality_of,
    read,
    reference,
)
from pipeline.cases.minting import SENDER, from_event, unreadable
from pipeline.gate.gate import Admitted, Refused
from pipeline.plans.plan import ContactPlan
from schemas.actions import Act
from schemas.facts import Fact, Origin
from schemas.heartbeat import SOURCE, TENANT, is_beat
from schemas.receipt import Problem
from schemas.reports import BreachReportedByProcessor, BreachSupplemented

NOBODYS = "000"
"""The plan of last resort: reports from which no municipality can be read. It has a person."""

UNKNOWN_PRODUCER = "unknown"


@dataclass(frozen=True, slots=True)
class At:
    """Where a record stood and when the broker had it, in UTC on the shown clock."""

    topic: str
    partition: int
    offset: int
    received_at: datetime
    reference: str | None = None  # of a replay: the case that the rejection opened
    tenant: str | None = None  # kommunekode of the municipality whose own topic it came by


def facts_of(admitted: Admitted, at: At, plans: Mapping[str, ContactPlan]) -> tuple[Fact, ...] | Problem:
    """Returns one fact for each case that the event concerns, or why it is refused after all."""
    if isinstance(admitted.data, Act):
        return _act(admitted, admitted.data, at, plans)
    envelope, data = admitted.envelope, admitted.data
    if isinstance(data, BreachSupplemented) and data.reference is not None:
        return _on_case(admitted, data.reference, at)
    correlation = envelope.correlationid or f"{envelope.source}#{envelope.id}"
    controllers = data.controllers if isinstance(data, BreachReportedByProcessor) else ()
    municipalities = tuple(sorted(set(controllers))) or (envelope.municipality,)
    if TENANT in municipalities and envelope.source != SOURCE:
        return Problem(
            code="municipality_mismatch",
            path="/municipality",
            reason=f"{TENANT} is no municipality: Brudvagt's own heartbeat stands under it",
            remedy="set the kommunekode of the municipality whose breach it is",
        )
    references = tuple(_reference(at, code, correlation) for code in municipalities)
    return tuple(
        from_event(
            envelope,
            admitted.body,
            admitted.digest,
            case_id=case_id,
            by=SENDER,
            received_at=at.received_at,
            digest=None if case_id == at.reference else case_digest(code, correlation),
            correlation=correlation_digest(correlation),
            flags=admitted.flags,
            origin=Origin(
                topic=at.topic,
                partition=at.partition,
                offset=at.offset,
                source=envelope.source,
                answers=index == 0,
                references=references,
                tenant=at.tenant,
            ),
        )
        for index, (code, case_id) in enumerate(zip(municipalities, references, strict=True))
    )


def _reference(at: At, municipality: str, correlation: str) -> str:
    """Returns the case that the event names; a replay's is the one that its rejection opened in the municipality."""
    if at.reference is not None and municipality_of(at.reference) == municipality:
        return at.reference
    return reference(municipality, correlation)


def _act(admitted: Admitted, act: Act, at: At, plans: Mapping[str, ContactPlan]) -> tuple[Fact, ...] | Problem:
    plan = plans.get(admitted.envelope.municipality) or plans[NOBODYS]
    problem = entitlement(admitted.envelope.type, act, plan, at.received_at)
    return problem if problem is not None else _on_case(admitted, act.reference, at)


def _on_case(admitted: Admitted, ref: str, at: At) -> tuple[Fact, ...] | Problem:
    envelope = admitted.envelope
    try:
        case_id = read(ref)
    except NotAReference:
        return Problem(
            code="reference_invalid",
            path="/data/reference",
            reason="the check character does not fit: the reference is mistyped",
            remedy="read it again from the alert or the receipt",
        )
    if municipality_of(case_id) != envelope.municipality:
        return Problem(
            code="municipality_mismatch",
            path="/data/reference",
            reason=f"the case belongs to another municipality than {envelope.municipality}, which the event claims",
            remedy="set the municipality of the case; its first three digits are the kommunekode",
        )
    by = admitted.data.by if isinstance(admitted.data, Act) else SENDER
    origin = Origin(
        topic=at.topic,
        partition=at.partition,
        offset=at.offset,
        source=envelope.source,
        references=(case_id,),
        tenant=at.tenant,
    )
    fact = from_event(
        envelope,
        admitted.body,
        admitted.digest,
        case_id=case_id,
        by=by,
        received_at=at.received_at,
        flags=admitted.flags,
        origin=origin,
    )
    return (fact,)


def rejected_report(refused: Refused, at: At, record_digest: str) -> Fact:
    """Returns the fact of an unreadable report: its correlation if legible, else the digest, so that repeats join."""
    seen = refused.legible
    # A beat is never refused; whoever writes its kommunekode by mistake told of a breach in a municipality unknown.
    municipality = NOBODYS if seen.municipality is None or is_beat(seen.municipality) else seen.municipality
    correlation = seen.correlationid
    if correlation is None and seen.source is not None and seen.event_id is not None:
        correlation = f"{seen.source}#{seen.event_id}"
    key = correlation or f"unreadable:{record_digest}"
    return unreadable(
        case_id=reference(municipality, key),
        received_at=at.received_at,
        record_digest=record_digest,
        producer=seen.source or UNKNOWN_PRODUCER,
        codes=tuple(problem.code for problem in refused.problems),
        digest=case_digest(municipality, key),
        origin=Origin(topic=at.topic, partition=at.partition, offset=at.offset, source=seen.source, answers=False),
    )
