"""What must hold of a case at every commit of casework."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from schemas.case import CaseRecord, LegalClock, Status
from schemas.facts import FactKind
from tests.simulation.violation import require

HOURS = timedelta(hours=72)  # GDPR Art. 33(1)
LADDER = (  # issue 6 and design §5, written out by hand: the name, from what, by how much
    ("opening", "awareness", timedelta(0)),
    ("plus_24h", "awareness", timedelta(hours=24)),
    ("plus_48h", "awareness", timedelta(hours=48)),
    ("minus_12h", "deadline", timedelta(hours=-12)),
    ("minus_4h", "deadline", timedelta(hours=-4)),
    ("minus_1h", "deadline", timedelta(hours=-1)),
    ("deadline", "deadline", timedelta(0)),
)
NIS2_LADDER = tuple(rung for rung in LADDER if rung[0] != "plus_24h")
"""Of the stage that is due next: a day after the signal is the early warning's deadline itself (decision 014)."""

DAY = timedelta(days=1)
_MAY_MOVE_LATER = {
    0: frozenset({FactKind.AWARENESS_CORRECTED, FactKind.POLICY_CHOSEN}),
    1: frozenset({FactKind.AWARENESS_CORRECTED, FactKind.INCIDENT_STATED}),  # warned early: the notification is next
}
"""By a clock's place in the case: towards Datatilsynet, then under NIS 2."""
RUNG = str(FactKind.RUNG_REACHED)
LAW, NIS2 = "gdpr33-dk", "nis2-dk"
LADDERS = {LAW: LADDER, NIS2: NIS2_LADDER}


def judge(before: CaseRecord | None, after: CaseRecord, clock_s: float, true_s: float) -> None:
    """Raises Violation if the change from `before` to `after` breaks a rule; `clock_s` is the station's own time."""
    _never_later(before, after, true_s)
    _never_asleep(after, clock_s, true_s)
    rungs = Counter(_rungs(after))
    twice = [rung for rung, number in rungs.items() if number > 1]
    require(not twice, "every rung is recorded once", f"{after.reference} has {twice} more than once", true_s)
    for clock in after.clocks if after.status is Status.OPEN else ():
        if clock.stopped_by is None:
            _complete(after, clock, set(rungs), datetime.fromtimestamp(clock_s, UTC), true_s)


def _never_later(before: CaseRecord | None, after: CaseRecord, true_s: float) -> None:
    if before is None or not before.clocks or not after.clocks:
        return
    known = {fact.fact_id for fact in before.facts}
    fresh = {fact.kind for fact in after.facts if fact.fact_id not in known}
    require(len(after.clocks) >= len(before.clocks), "no clock is lost", after.reference, true_s)
    for place, (one, other) in enumerate(zip(before.clocks, after.clocks, strict=False)):
        require(
            other.deadline_at <= one.deadline_at or not fresh.isdisjoint(_MAY_MOVE_LATER[place]),
            "no deadline moves later without a person's fact",
            f"{after.reference} moved {one.policy} from {one.deadline_at} to {other.deadline_at}",
            true_s,
        )


def _never_asleep(after: CaseRecord, clock_s: float, true_s: float) -> None:
    if after.status in (Status.AWAITED, Status.OPEN):
        require(
            after.wake_at is not None,
            "no open case without a next wake-up",
            f"{after.reference} is {after.status} and sleeps for ever",
            true_s,
        )
    if after.wake_at is not None and after.status is not Status.AWAITED:
        require(
            after.wake_at > clock_s,
            "every due rung is recorded at once",
            f"{after.reference} was left with a wake-up {clock_s - after.wake_at:.0f} s ago",
            true_s,
        )


def _complete(
    after: CaseRecord, clock: LegalClock, every: set[tuple[str, str, datetime]], now: datetime, true_s: float
) -> None:
    rungs = {rung for rung in every if rung[0] == clock.policy}
    anchors = {"awareness": clock.aware_at, "deadline": clock.deadline_at}
    overdue = (now - clock.deadline_at) // DAY
    if overdue >= 1:
        last = clock.deadline_at + overdue * DAY
        require(  # of a case that slept and is opened again a moment later, the one after it alone
            any(name == "overdue" and due >= last for _, name, due in rungs),
            "every due rung is recorded",
            f"{after.reference} lacks the overdue rung of {last}",
            true_s,
        )
    if any(name == "overdue" and due > clock.deadline_at for _, name, due in rungs):
        return  # whoever hears daily that it is overdue needs no earlier rung
    for name, anchor, offset in LADDERS[clock.policy]:
        due = anchors[anchor] + offset
        require(
            due > now or (clock.policy, name, due) in rungs,
            "every due rung is recorded",
            f"{after.reference} lacks {clock.policy} {name} of {due}",
            true_s,
        )


def _rungs(record: CaseRecord) -> list[tuple[str, str, datetime]]:
    return [
        (str(fact.body["clock"]), str(fact.body["rung"]), _read(str(fact.body["due_at"])))
        for fact in record.facts
        if fact.kind == RUNG
    ]


_read = lru_cache(maxsize=4096)(datetime.fromisoformat)
"""A rung's time is read at every commit of its case."""
