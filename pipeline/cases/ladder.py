"""The rungs of a case: which have been reached, which come next, and what they ask of whom.

A rung is a fact once it is reached, so a restart, a replay or a second worker sees the same ladder. Rungs of the legal
clock climb while the clock runs; every other open obligation has a series of reminders of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from pipeline.clock import rungs
from pipeline.clock.policy import FINAL_REPORT, INFORM_URGENTLY, OF_AN_INCIDENT, ON_THE_LADDER, OVERDUE, Policy
from schemas.case import Demand, ObligationName, Rung
from schemas.facts import Fact, FactKind


class Step(NamedTuple):
    """One rung that was reached, as its fact tells it."""

    clock: str
    name: str
    due_at: datetime
    recorded_at: datetime
    late_s: float


class Ticking(Protocol):
    """What the ladder needs to know of a legal clock; `schemas.case.LegalClock` is one."""

    @property
    def policy(self) -> str: ...
    @property
    def policy_hash(self) -> str: ...
    @property
    def aware_at(self) -> datetime: ...
    @property
    def deadline_at(self) -> datetime: ...
    @property
    def stopped_by(self) -> str | None: ...


class Owed(Protocol):
    """What it needs to know of an obligation; `schemas.case.Obligation` is one."""

    @property
    def name(self) -> ObligationName: ...
    @property
    def role(self) -> str: ...
    @property
    def since(self) -> datetime: ...
    @property
    def settled_by(self) -> str | None: ...


class Run(Protocol):
    """What has rungs ahead of it without end."""

    @property
    def clock(self) -> str: ...
    def next(self, reached: set[tuple[str, datetime]]) -> Rung:
        """Returns the earliest rung not reached yet."""


class Series(NamedTuple):
    """One run of rungs: of the legal clock, or, where `legal` is None, of one obligation's reminders."""

    clock: str
    obligation: Owed
    policy: Policy
    opened_at: datetime
    legal: Ticking | None = None
    reminder: str = ""  # which interval of the policy

    def next(self, reached: set[tuple[str, datetime]]) -> Rung:
        """Returns the earliest rung not reached yet."""
        if self.legal is None:
            since = self.obligation.since
            return rungs.next_reminder(self.policy, self.clock, self.reminder, since, reached, self.opened_at)
        aware_at, deadline_at = self.legal.aware_at, self.legal.deadline_at
        return rungs.next_rung(self.policy, aware_at, deadline_at, reached, self.opened_at)

    def holds(self, rung: tuple[str, datetime]) -> bool:
        """Whether a reached rung belongs to the series as it stands; a moved deadline leaves its rungs to history."""
        since = self.obligation.since
        aware_at, deadline_at = (since, since) if self.legal is None else (self.legal.aware_at, self.legal.deadline_at)
        return rungs.belongs(self.policy, aware_at, deadline_at, self.reminder, *rung)


def series(clock: Ticking, policy: Policy, owed: Iterable[Owed], *, opened_at: datetime, safety: bool) -> list[Series]:
    """Returns every run of rungs that is alive: the legal clock until it is stopped, and each further open obligation.

    `opened_at` is from when on people could be asked (`CaseRecord.asked_from`).
    With `safety`, a person's safety at stake, those affected are to be told at the shorter interval.
    """
    open_ones = [one for one in owed if one.settled_by is None]
    asked = next((one for one in open_ones if one.name in ON_THE_LADDER), None)
    found = []
    if clock.stopped_by is None and asked is not None:
        found.append(Series(clock.policy, asked, policy, opened_at, legal=clock))
    for one in open_ones:
        if one.name not in ON_THE_LADDER and one.name not in OF_AN_INCIDENT:
            urgent = safety and one.name is ObligationName.INFORM_SUBJECTS
            reminder = INFORM_URGENTLY if urgent else str(one.name)
            found.append(Series(str(one.name), one, policy, opened_at, reminder=reminder))
    return found


def beside(clock: Ticking, policies: Iterable[Policy], owed: Iterable[Owed], *, opened_at: datetime) -> list[Series]:
    """Returns the runs of a second clock: its own rungs for the stage due next, and the reminders of its last report."""
    policy = next(one for one in policies if one.id == clock.policy and one.hash == clock.policy_hash)
    open_ones = [one for one in owed if one.settled_by is None and one.name in OF_AN_INCIDENT]
    last = [one for one in open_ones if one.name is ObligationName.NIS2_FINAL_REPORT]
    found = [Series(str(one.name), one, policy, opened_at, reminder=FINAL_REPORT) for one in last]
    stage = next((one for one in open_ones if one not in last), None)
    if clock.stopped_by is None and stage is not None:
        found.append(Series(clock.policy, stage, policy, opened_at, legal=clock))
    return found


def step(body: dict[str, JsonValue], recorded_at: datetime) -> Step:
    """Returns the step that the body of a fact `rung.reached` tells of."""
    late = body.get("late_s")
    return Step(
        str(body.get("clock")),
        str(body["rung"]),
        datetime.fromisoformat(str(body["due_at"])),
        recorded_at,
        float(late) if isinstance(late, int | float) else 0.0,
    )


def steps(facts: Iterable[Fact]) -> list[Step]:
    """Returns the rungs among ordered facts, in their order."""
    return [step(fact.body, fact.recorded_at) for fact in facts if fact.kind == FactKind.RUNG_REACHED]


def reached(climbed: Iterable[Step], clock: str) -> set[tuple[str, datetime]]:
    """Returns name and due time of every rung of `clock` that has been reached."""
    return {(one.name, one.due_at) for one in climbed if one.clock == clock}


class Ahead(NamedTuple):
    """Every rung that is due and not reached yet, and when the one after them is, in unix seconds."""

    due: list[Rung]
    wake_at: float | None  # None when no series is alive


def ahead(runs: Iterable[Run], climbed: Sequence[Step], now: datetime) -> Ahead:
    """Returns what every series that is alive holds in store at `now`."""
    due: list[Rung] = []
    first: datetime | None = None
    by_clock: dict[str, set[tuple[str, datetime]]] = {}
    for one in climbed:
        by_clock.setdefault(one.clock, set()).add((one.name, one.due_at))
    for run in runs:
        known = by_clock.get(run.clock, set())
        while (rung := run.next(known)).due_at <= now:
            due.append(rung)
            known.add((rung.name, rung.due_at))
        if first is None or rung.due_at < first:
            first = rung.due_at
    return Ahead(due, None if first is None else first.timestamp())


def next_due(runs: Iterable[Run], climbed: Sequence[Step]) -> float | None:
    """Returns when the next rung of any series is due, unix seconds; None when no series is alive."""
    return min((run.next(reached(climbed, run.clock)).due_at.timestamp() for run in runs), default=None)


class Asked(NamedTuple):
    """What a series asks for, field by field as `schemas.case.Demand` has them."""

    obligation: ObligationName
    role: str
    clock: str
    rung: str
    rung_due_at: datetime
    missed: tuple[str, ...]
    lateness_s: float


def asked(run: Series, climbed: Iterable[Step]) -> Asked | None:
    """Returns what the highest rung reached asks for now, with those missed on the way; None before the first."""
    mine = sorted((one for one in climbed if one.clock == run.clock), key=_due, reverse=True)
    top = next((one for one in mine if run.holds((one.name, one.due_at))), None)
    if top is None:
        return None
    same = (one for one in mine if one.recorded_at == top.recorded_at and one is not top)
    together = sorted((one for one in same if run.holds((one.name, one.due_at))), key=_due)
    missed = tuple(one.name for one in together)
    return Asked(run.obligation.name, run.obligation.role, run.clock, top.name, top.due_at, missed, top.late_s)


def demand(run: Series, climbed: Iterable[Step]) -> Demand | None:
    """Returns the same as the record keeps it."""
    found = asked(run, climbed)
    return None if found is None else Demand(**found._asdict())


def demands(runs: Iterable[Series], climbed: Sequence[Step]) -> tuple[Demand, ...]:
    """Returns what every series asks for now."""
    return tuple(one for run in runs if (one := demand(run, climbed)) is not None)


def _due(one: Step) -> tuple[datetime, bool, str]:
    """Orders rungs; of two that are due at one moment the one that says overdue is the higher."""
    return one.due_at, one.name == OVERDUE, one.name
