"""What a change of a case means to a person: the difference of two records, told as happenings."""

from datetime import datetime, timedelta

from pipeline.cases.due import Law
from pipeline.foresight.happenings import (
    Acted,
    ClockSet,
    ClockStopped,
    Found,
    Judged,
    Refused,
    RungReached,
    StatusChanged,
    Told,
)
from pipeline.foresight.world import World
from pipeline.routing import found as routing
from schemas.case import CaseRecord, LegalClock, Status
from schemas.facts import MACHINE, REPORTS, Fact, FactKind
from schemas.receipt import Problem

_TOLD = frozenset(str(kind) for kind in REPORTS)
_MACHINE = frozenset(str(kind) for kind in MACHINE)


def note_change(world: World, before: CaseRecord | None, after: CaseRecord) -> None:
    """Notes what is new in `after`: facts, the clock, the risk, the status."""
    known = frozenset() if before is None else frozenset(fact.fact_id for fact in before.facts)
    rungs = [fact for fact in after.facts if fact.kind == FactKind.RUNG_REACHED and fact.fact_id not in known]
    beside = frozenset(clock.policy for clock in after.clocks[1:])
    for fact in after.facts:
        if fact.fact_id not in known and fact.kind != FactKind.RUNG_REACHED:
            _note_fact(world, fact)
    _note_clock(world, before, after)
    if after.outcome is not None and (before is None or before.outcome is not after.outcome):
        world.note(Judged(world.now, after.reference, after.outcome))
    for fact in sorted(rungs, key=_due):
        _note_rung(world, fact, Law.NIS2 if fact.body["clock"] in beside else Law.GDPR)
    old = Status.OPEN if before is None or before.status is Status.AWAITED else before.status
    if after.status is not old:
        world.note(StatusChanged(world.now, after.reference, str(after.status)))


def note_refusal(world: World, reference: str | None, problem: Problem) -> None:
    """Notes an event that was not taken."""
    world.note(Refused(world.now, reference, str(problem.code), problem.path, problem.reason))


def note_found(world: World, reference: str, found: routing.Found) -> None:
    """Notes what routing found out."""
    about = found.body.get("local_id") or found.body.get("rung") or ""
    world.note(Found(world.now, reference, str(found.kind), str(about)))


def _note_fact(world: World, fact: Fact) -> None:
    if fact.kind in _TOLD:
        world.note(Told(world.now, fact.case_id, fact.kind))
    elif fact.kind not in _MACHINE:
        world.note(Acted(world.now, fact.case_id, fact.kind, str(fact.by.role), fact.by.local_id))


def _due(rung: Fact) -> datetime:
    return datetime.fromisoformat(str(rung.body["due_at"]))


def _note_rung(world: World, fact: Fact, law: Law) -> None:
    body = fact.body
    late = body.get("late_s")
    world.note(
        RungReached(
            at=world.now,
            reference=fact.case_id,
            clock=str(body["clock"]),
            rung=str(body["rung"]),
            due_at=_due(fact),
            late=timedelta(seconds=float(late) if isinstance(late, int | float) else 0.0),
            law=law,
        )
    )


def _note_clock(world: World, before: CaseRecord | None, after: CaseRecord) -> None:
    earlier = {} if before is None else {clock.policy: clock for clock in before.clocks[1:]}
    for number, new in enumerate(after.clocks):
        first = before.clocks[0] if before is not None and before.clocks else None
        if not number:
            _note_one(world, Law.GDPR, first, new, after)
        else:
            _note_one(world, Law.NIS2, earlier.get(new.policy), new, after)


def _note_one(world: World, law: Law, old: LegalClock | None, new: LegalClock, after: CaseRecord) -> None:
    if old is None or old.deadline_at != new.deadline_at:
        previous = None if old is None else old.deadline_at
        world.note(ClockSet(world.now, after.reference, new.policy, new.aware_at, new.deadline_at, previous, law))
    if new.stopped_by is not None and (old is None or old.stopped_by is None):
        kind = next((str(fact.kind) for fact in after.facts if fact.fact_id == new.stopped_by), "")
        world.note(ClockStopped(world.now, after.reference, new.deadline_at, kind, law))
