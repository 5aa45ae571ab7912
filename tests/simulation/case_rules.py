"""What must hold of a case at every commit of casework."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from pipeline.cases.projection import open_obligations
from schemas.case import CaseRecord, ObligationName, Status
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
DAY = timedelta(days=1)
_MAY_MOVE_LATER = frozenset({FactKind.AWARENESS_CORRECTED, FactKind.POLICY_CHOSEN})
_LADDER_ACTS = frozenset(
    {ObligationName.ACKNOWLEDGE, ObligationName.ADVISE, ObligationName.DECIDE, ObligationName.SUBMIT}
)
LAW = "gdpr33-dk"


def judge(before: CaseRecord | None, after: CaseRecord, clock_s: float, true_s: float) -> None:
    """Raises Violation if the change from `before` to `after` breaks a rule; `clock_s` is the station's own time."""
    _never_later(before, after, true_s)
    _never_asleep(after, clock_s, true_s)
    rungs = Counter(_rungs(after))
    twice = [rung for rung, number in rungs.items() if number > 1]
    require(not twice, "every rung is recorded once", f"{after.reference} has {twice} more than once", true_s)
    if after.status is Status.OPEN and after.clocks and after.clocks[0].stopped_by is None:
        _complete(after, set(rungs), datetime.fromtimestamp(clock_s, UTC), true_s)


def _never_later(before: CaseRecord | None, after: CaseRecord, true_s: float) -> None:
    if before is None or not before.clocks or not after.clocks:
        return
    known = {fact.fact_id for fact in before.facts}
    allowed = any(fact.kind in _MAY_MOVE_LATER for fact in after.facts if fact.fact_id not in known)
    old, new = before.clocks[0].deadline_at, after.clocks[0].deadline_at
    require(
        new <= old or allowed,
        "no deadline moves later without a person's fact",
        f"{after.reference} moved from {old} to {new}",
        true_s,
    )


def _never_asleep(after: CaseRecord, clock_s: float, true_s: float) -> None:
    owed = [one for one in open_obligations(after) if one.name not in _LADDER_ACTS]
    runs = bool(after.clocks) and after.clocks[0].stopped_by is None
    if after.status is Status.AWAITED or (after.status is Status.OPEN and (runs or owed)):
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


def _complete(after: CaseRecord, rungs: set[tuple[str, str, datetime]], now: datetime, true_s: float) -> None:
    clock = after.clocks[0]
    anchors = {"awareness": clock.aware_at, "deadline": clock.deadline_at}
    overdue = (now - clock.deadline_at) // DAY
    if overdue >= 1:
        last = clock.deadline_at + overdue * DAY
        require(
            (LAW, "overdue", last) in rungs,
            "every due rung is recorded",
            f"{after.reference} lacks the overdue rung of {last}",
            true_s,
        )
    if any(name == "overdue" and due > clock.deadline_at for _, name, due in rungs):
        return  # whoever hears daily that it is overdue needs no earlier rung
    for name, anchor, offset in LADDER:
        due = anchors[anchor] + offset
        require(
            due > now or (LAW, name, due) in rungs,
            "every due rung is recorded",
            f"{after.reference} lacks {name} of {due}",
            true_s,
        )


def _rungs(record: CaseRecord) -> list[tuple[str, str, datetime]]:
    return [
        (str(fact.body["clock"]), str(fact.body["rung"]), datetime.fromisoformat(str(fact.body["due_at"])))
        for fact in record.facts
        if fact.kind == FactKind.RUNG_REACHED
    ]
