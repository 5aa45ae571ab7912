"""The rungs of a case: which have been reached, which come next, and what they ask of whom.

A rung is a fact once it is reached, so a restart, a replay or a second worker sees the same ladder. Rungs of the legal
clock climb while the clock runs; every other open obligation has a series of reminders of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.clock import rungs
from pipeline.clock.policy import INFORM_URGENTLY, ON_THE_LADDER, Policy
from schemas.case import Demand, LegalClock, Obligation, ObligationName, Rung
from schemas.facts import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Series:
    """One run of rungs: of the legal clock, or, where `legal` is None, of one obligation's reminders."""

    clock: str
    obligation: Obligation
    policy: Policy
    opened_at: datetime
    legal: LegalClock | None = None
    reminder: str = ""  # which interval of the policy

    def next(self, reached: set[tuple[str, datetime]]) -> Rung:
        """Returns the earliest rung not reached yet."""
        if self.legal is None:
            return rungs.next_reminder(self.policy, self.clock, self.reminder, self.obligation.since, reached)
        aware_at, deadline_at = self.legal.aware_at, self.legal.deadline_at
        return rungs.next_rung(self.policy, aware_at, deadline_at, reached, self.opened_at)

    def holds(self, rung: tuple[str, datetime]) -> bool:
        """Whether a reached rung belongs to the series as it stands; a moved deadline leaves its rungs to history."""
        since = self.obligation.since
        aware_at, deadline_at = (since, since) if self.legal is None else (self.legal.aware_at, self.legal.deadline_at)
        return rungs.belongs(self.policy, aware_at, deadline_at, self.reminder, *rung)


def series(
    clock: LegalClock, policy: Policy, owed: Iterable[Obligation], *, opened_at: datetime, safety: bool
) -> list[Series]:
    """Returns every run of rungs that is alive: the legal clock until it is stopped, and each further open obligation.

    With `safety`, a person's safety at stake, those affected are to be told at the shorter interval.
    """
    open_ones = [one for one in owed if one.settled_by is None]
    asked = next((one for one in open_ones if one.name in ON_THE_LADDER), None)
    found = []
    if clock.stopped_by is None and asked is not None:
        found.append(Series(clock.policy, asked, policy, opened_at, legal=clock))
    for one in open_ones:
        if one.name not in ON_THE_LADDER:
            urgent = safety and one.name is ObligationName.INFORM_SUBJECTS
            reminder = INFORM_URGENTLY if urgent else str(one.name)
            found.append(Series(str(one.name), one, policy, opened_at, reminder=reminder))
    return found


def reached(facts: Iterable[Fact], clock: str) -> set[tuple[str, datetime]]:
    """Returns name and due time of every rung of `clock` that has been reached."""
    return {_rung(fact) for fact in facts if fact.kind == FactKind.RUNG_REACHED and fact.body.get("clock") == clock}


def demand(run: Series, facts: Sequence[Fact]) -> Demand | None:
    """Returns what the highest rung reached asks for now, with those missed on the way; None before the first."""
    climbed = [
        fact
        for fact in facts
        if fact.kind == FactKind.RUNG_REACHED and fact.body.get("clock") == run.clock and run.holds(_rung(fact))
    ]
    if not climbed:
        return None
    top = max(climbed, key=_due)
    together = sorted((f for f in climbed if f.recorded_at == top.recorded_at and f is not top), key=_due)
    late = top.body.get("late_s")
    return Demand(
        obligation=run.obligation.name,
        role=run.obligation.role,
        clock=run.clock,
        rung=str(top.body["rung"]),
        rung_due_at=_due(top),
        missed=tuple(str(fact.body["rung"]) for fact in together),
        lateness_s=float(late) if isinstance(late, int | float) else 0.0,
    )


def _due(fact: Fact) -> datetime:
    return datetime.fromisoformat(str(fact.body["due_at"]))


def _rung(fact: Fact) -> tuple[str, datetime]:
    return str(fact.body["rung"]), _due(fact)
