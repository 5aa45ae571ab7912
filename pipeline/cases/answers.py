"""Answers to senders: which outcome a fact's ingress record gets, and why an act is refused."""

from collections.abc import Iterable

from pipeline.cases.retention import erasable_from
from pipeline.cases.status import in_the_way
from pipeline.clock.policy import OF_AN_INCIDENT
from schemas.case import CaseRecord, Status
from schemas.facts import Fact, FactKind
from schemas.heartbeat import is_beat
from schemas.receipt import IngressOutcome, Problem, Receipt


def settled(fact: Fact, problem: Problem | None, flags: tuple[str, ...] = ()) -> list[Receipt]:
    """Returns the receipt that a fact's ingress record is owed: accepted, or rejected for `problem`; or none."""
    outcome = IngressOutcome.ACCEPTED if problem is None else IngressOutcome.REJECTED
    return _receipt(fact, outcome, () if problem is None else (problem,), flags)


def duplicate(fact: Fact) -> list[Receipt]:
    """Returns the receipt of a record whose fact was known already."""
    return _receipt(fact, IngressOutcome.DUPLICATE, (), ())


def reused(known: Iterable[Fact], fact: Fact) -> tuple[str, ...]:
    """Returns the flag of an event whose source and id came before with other data: a further fact, no duplicate."""
    if fact.event_id is None:
        return ()
    taken = any(one.event_id == fact.event_id and one.sender == fact.sender for one in known)
    return ("id_reused",) if taken else ()


def refusal(record: CaseRecord | None, fact: Fact) -> Problem | None:
    """Returns why `fact` cannot be taken into the case, in words; None if it can."""
    if record is not None and record.digest and fact.digest and record.digest != fact.digest:
        return Problem(
            code="reference_collision",
            path="/correlationid",
            reason="another incident of this municipality has the same reference",
            remedy="operations: send the event again with a new correlationid",
        )
    if fact.kind == FactKind.CASE_CLOSED and record is not None and fact.body.get("closing") != "duplicate_of":
        names = [one.name for one in in_the_way(record.obligations)]
        owed = [name for name in names if name in OF_AN_INCIDENT or not _ends_the_duty(fact)]
        if record.status is Status.OPEN and owed:
            return Problem(
                code="obligations_open",
                path="/data/closing",
                reason="still owed on the case: " + ", ".join(owed),
                remedy="settle each of them, or close as not_a_breach with the reason; what NIS 2 asks for ends with "
                "the act incident alone",
            )
    if fact.kind == FactKind.CASE_ERASED and record is not None and record.status in (Status.OPEN, Status.AWAITED):
        return Problem(
            code="case_open",
            path="/data/reference",
            reason="the case is open, or acts on it still wait for its report",
            remedy="close it first",
        )
    if fact.kind == FactKind.CASE_ERASED and record is not None and not is_beat(record.municipality):
        free = erasable_from(record)
        if fact.recorded_at < free:
            return Problem(
                code="retention_running",
                path="/data/reference",
                reason=f"what came in for the case can be replayed until {free:%Y-%m-%d %H:%M} UTC",
                remedy="erase it after that",
            )
    return None


def _ends_the_duty(closing: Fact) -> bool:
    """Whether a closing needs nothing of the breach's settled: it is none, and the reason is given."""
    return closing.body.get("closing") == "not_a_breach" and bool(closing.body.get("reason"))


def _receipt(
    fact: Fact, outcome: IngressOutcome, problems: tuple[Problem, ...], flags: tuple[str, ...]
) -> list[Receipt]:
    origin = fact.origin
    if origin is None or not origin.answers:
        return []
    return [
        Receipt(
            outcome=outcome,
            topic=origin.topic,
            partition=origin.partition,
            offset=origin.offset,
            received_at=fact.recorded_at,
            source=origin.source,
            event_id=fact.event_id,
            event_type=fact.event_type,
            municipality=fact.municipality,
            references=origin.references or (fact.case_id,),
            problems=problems,
            flags=(*fact.flags, *flags),
            tenant=origin.tenant,
        )
    ]
