"""What is owed on a case, read off its facts: who owes it, since when, and which fact settled it.

The order of acts is acknowledge, advise, decide, submit, reference of the receipt. An act out of order counts: a
controller who decides without advice has decided, and the advice stays owed to nobody.
Sources: GDPR Art. 33(1), 33(4), 34, 39.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.kinds import last_of, of_kind, of_kinds
from pipeline.cases.risk import ASSESSORS, last_word
from pipeline.cases.stopping import standing, stopping_fact
from pipeline.clock.governing import Governing
from pipeline.severity.tasks import first_hour_tasks
from schemas.actions import Ground, Outcome, TaskName
from schemas.case import LegalClock, Obligation, ObligationName
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

_TOLD = frozenset(str(kind) for kind in REPORTS)
_FINISHING = (FactKind.TASK_DONE, FactKind.TASK_UNANSWERED, FactKind.RECIPIENT_CONFIRMED)
_ORDER = {name: place for place, name in enumerate(ObligationName)}
_RISKY = frozenset({str(Outcome.RISK), str(Outcome.HIGH_RISK)})
_RECIPIENT_ANSWERS = ("deletion_confirmed", "returned")
_TASK_OBLIGATIONS = {
    TaskName.RECALL: ObligationName.RECALL,
    TaskName.PROTECTED_ADDRESS_CHECK: ObligationName.PROTECTED_ADDRESS_CHECK,
    TaskName.WRITTEN_CONFIRMATION: ObligationName.WRITTEN_CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class View:
    """A case's facts in order, and what else of it the obligations depend on."""

    facts: Sequence[Fact]
    high_risk_since: datetime | None
    graver_since: datetime | None  # graver than what held when it was last decided on
    clock: LegalClock
    choice: Governing
    destroy_only: bool = False

    def last(self, *kinds: FactKind) -> Fact | None:
        """Returns the latest fact of these kinds."""
        return last_of(self.facts, *kinds)

    def first(self, *kinds: FactKind) -> Fact | None:
        """Returns the earliest fact of these kinds."""
        return next(iter(of_kinds(self.facts, kinds)), None)


def obligations(view: View) -> tuple[Obligation, ...]:
    """Returns every obligation that the case has or had: in the order of the acts, then the first-hour tasks in theirs."""
    found = [*_acts(view), *_after_filing(view), *_persons(view), *_review(view), *_choice(view)]
    return (*sorted(found, key=lambda one: _ORDER[one.name]), *_first_hour(view))


def _owed(
    name: ObligationName, role: Role, since: datetime, settled: Fact | None, due_at: datetime | None = None
) -> Obligation:
    return Obligation(
        name=name, role=role, since=since, due_at=due_at, settled_by=None if settled is None else settled.fact_id
    )


def _acts(view: View) -> list[Obligation]:
    opened, due = view.facts[0].recorded_at, view.clock.deadline_at
    decision, submission = view.last(FactKind.CONTROLLER_DECIDED), view.last(FactKind.NOTIFICATION_SUBMITTED)
    stopped = stopping_fact(view.facts)
    acknowledged = view.first(FactKind.ALERT_ACKNOWLEDGED) or decision or submission or stopped
    advised = view.last(FactKind.DPO_ADVISED) or decision or submission or stopped
    return [
        _owed(ObligationName.ACKNOWLEDGE, Role.DPO, opened, acknowledged, due),
        _owed(ObligationName.ADVISE, Role.DPO, opened, advised, due),
        _owed(ObligationName.DECIDE, Role.DECISION_MAKER, opened, decision or submission or stopped, due),
        _owed(ObligationName.SUBMIT, Role.DECISION_MAKER, opened, stopped, due),
    ]


def _after_filing(view: View) -> list[Obligation]:
    filings = standing(view.facts)
    if not filings:
        return []
    first, found = filings[0], []
    referenced = next((f for f in filings if f.body.get("receipt_reference") or f.body.get("authority_case")), None)
    found.append(_owed(ObligationName.RECEIPT_REFERENCE, Role.DECISION_MAKER, first.recorded_at, referenced))
    if first.occurred_at > view.clock.deadline_at:
        reasoned = next((f for f in filings if f.body.get("late_reason")), None)
        found.append(_owed(ObligationName.LATE_REASON, Role.DECISION_MAKER, first.recorded_at, reasoned))
    incomplete, complete = _incomplete(filings)
    if incomplete is not None:
        found.append(_owed(ObligationName.FOLLOW_UP, Role.DECISION_MAKER, incomplete.recorded_at, complete))
    return found


def _incomplete(filings: Sequence[Fact]) -> tuple[Fact | None, Fact | None]:
    """Returns the first filing that left something out, and the one that completed it; one after that asks anew."""
    asks = completes = None
    for fact in filings:
        if asks is not None and completes is None and fact.recorded_at > asks.recorded_at and _completes(fact):
            completes = fact
        elif fact.body.get("complete") == "no" and (asks is None or completes is not None):
            asks, completes = fact, None
    return asks, completes


def _completes(filing: Fact) -> bool:
    return filing.body.get("kind") == "complete" or filing.body.get("complete") == "yes"


def _persons(view: View) -> list[Obligation]:
    decision = view.last(FactKind.CONTROLLER_DECIDED)
    wanted = decision is not None and decision.body.get("inform_subjects") == "yes"
    since = view.high_risk_since or (decision.recorded_at if decision is not None and wanted else None)
    if since is None:
        return []
    told = view.last(FactKind.SUBJECTS_INFORMED)
    if told is None or told.body.get("informed") != "yes":
        told = _ground(told, decision, since)
        judged = last_word(view.facts)
        if told is not None and judged is not None and _denies(judged, told):
            told, since = None, judged.recorded_at
    return [_owed(ObligationName.INFORM_SUBJECTS, Role.DECISION_MAKER, since, told)]


def _denies(judged: Fact, ground: Fact) -> bool:
    """Whether a person found the risk high after another had given as the ground that it is not."""
    given = ground.body.get("ground") or ground.body.get("not_informing_ground")
    high = judged.body.get("outcome") == Outcome.HIGH_RISK and judged.recorded_at > ground.recorded_at
    return high and given == Ground.NOT_HIGH_RISK


def _ground(stated: Fact | None, decision: Fact | None, since: datetime) -> Fact | None:
    """Returns who gave a ground not to tell them that holds: given when the duty was known, no later word for telling."""
    if decision is not None and decision.body.get("inform_subjects") == "yes":
        since, decision = max(since, decision.recorded_at), None
    if stated is not None and stated.body.get("ground") and stated.recorded_at >= since:
        return stated
    grounded = decision is not None and decision.body.get("not_informing_ground") and decision.recorded_at >= since
    return decision if grounded else None


def _review(view: View) -> list[Obligation]:
    kinds = (FactKind.CONTROLLER_DECIDED, FactKind.NOTIFICATION_SUBMITTED, FactKind.CASE_CLOSED)
    first_act = view.first(*kinds)
    if first_act is None:
        return []
    last_told = last_of(view.facts, *_TOLD)
    news = last_told if last_told is not None and last_told.recorded_at > first_act.recorded_at else None
    closing = view.last(FactKind.CASE_CLOSED)
    ended = closing is not None and closing.fact_id == view.clock.stopped_by  # advice does not end it again
    if closing is not None and ended and (news is None or news.recorded_at <= closing.recorded_at):
        news = _contradicted(view.facts, closing) or news
    looked = closing if ended else view.last(*kinds, FactKind.DPO_ADVISED, FactKind.ASSESSMENT_STATED)
    assert looked is not None
    settled = looked if news is not None and looked.recorded_at > news.recorded_at else None
    if news is not None and (settled is None or view.graver_since is None):
        return [_owed(ObligationName.REVIEW, Role.DPO, news.recorded_at, settled)]
    if view.graver_since is not None:  # only a decision, on what holds now, settles this
        return [_owed(ObligationName.REVIEW, Role.DPO, view.graver_since, None)]
    return []


def _contradicted(facts: Sequence[Fact], closing: Fact) -> Fact | None:
    """Returns who has said since a closing as no breach that it is one: by a risk assessed, or by the advice to notify."""
    for fact in of_kinds(facts, (FactKind.ASSESSMENT_STATED, FactKind.DPO_ADVISED)):
        assessed = fact.by.role in ASSESSORS and fact.body.get("outcome") in _RISKY
        if fact.recorded_at > closing.recorded_at and (assessed or fact.body.get("notify_authority") == "yes"):
            return fact
    return None


def _choice(view: View) -> list[Obligation]:
    correction = view.last(FactKind.AWARENESS_CORRECTED)
    if view.choice.other is None or correction is None:
        return []
    chosen = next((fact for fact in view.facts if fact.fact_id == view.choice.chosen_by), None)
    return [_owed(ObligationName.CHOOSE_POLICY, Role.DPO, correction.recorded_at, chosen)]


def _first_hour(view: View) -> list[Obligation]:
    found = []
    for task in first_hour_tasks(view.facts, destroy_only=view.destroy_only):
        opened = of_kind(view.facts, FactKind.MISDELIVERY_RECEIVED)[0]
        done = next((f for f in of_kinds(view.facts, _FINISHING) if _finishes(f, task)), None)
        found.append(_owed(_TASK_OBLIGATIONS[task], Role.CASEWORKER, opened.recorded_at, done))
    return found


def _finishes(fact: Fact, task: TaskName) -> bool:
    if fact.kind in (FactKind.TASK_DONE, FactKind.TASK_UNANSWERED):
        return fact.body.get("task") == task
    if fact.kind == FactKind.RECIPIENT_CONFIRMED and task is TaskName.WRITTEN_CONFIRMATION:
        return any(fact.body.get(answer) not in (None, "unknown") for answer in _RECIPIENT_ANSWERS)
    return False
