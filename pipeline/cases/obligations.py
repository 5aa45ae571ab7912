"""What is owed on a case, read off its facts: who owes it, since when, and which fact settled it.

The order of acts is acknowledge, advise, decide, submit, reference of the receipt. An act out of order counts: a
controller who decides without advice has decided, and the advice stays owed to nobody.
Sources: GDPR Art. 33(1), 33(4), 34, 39.
"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.cases.kinds import of_kind, of_kinds
from pipeline.cases.review import review
from pipeline.cases.risk import last_word
from pipeline.cases.stopping import standing, stopping_fact
from pipeline.cases.view import View, owed
from pipeline.severity.tasks import first_hour_tasks
from schemas.actions import Ground, Outcome, TaskName
from schemas.case import Obligation, ObligationName
from schemas.facts import Fact, FactKind
from schemas.values import Role

_FINISHING = (FactKind.TASK_DONE, FactKind.TASK_UNANSWERED, FactKind.RECIPIENT_CONFIRMED)
_ORDER = {name: place for place, name in enumerate(ObligationName)}
_RECIPIENT_ANSWERS = ("deletion_confirmed", "returned")
_TASK_OBLIGATIONS = {
    TaskName.RECALL: ObligationName.RECALL,
    TaskName.PROTECTED_ADDRESS_CHECK: ObligationName.PROTECTED_ADDRESS_CHECK,
    TaskName.WRITTEN_CONFIRMATION: ObligationName.WRITTEN_CONFIRMATION,
}


def obligations(view: View) -> tuple[Obligation, ...]:
    """Returns every obligation that the case has or had: in the order of the acts, then the first-hour tasks in theirs."""
    found = [*_acts(view), *_after_filing(view), *_persons(view), *review(view), *_choice(view)]
    return (*sorted(found, key=lambda one: _ORDER[one.name]), *_first_hour(view))


def _acts(view: View) -> list[Obligation]:
    opened, due = view.facts[0].recorded_at, view.clock.deadline_at
    decision, submission = view.last(FactKind.CONTROLLER_DECIDED), view.last(FactKind.NOTIFICATION_SUBMITTED)
    stopped = stopping_fact(view.facts)
    acknowledged = view.first(FactKind.ALERT_ACKNOWLEDGED) or decision or submission or stopped
    advised = view.last(FactKind.DPO_ADVISED) or decision or submission or stopped
    return [
        owed(ObligationName.ACKNOWLEDGE, Role.DPO, opened, acknowledged, due),
        owed(ObligationName.ADVISE, Role.DPO, opened, advised, due),
        owed(ObligationName.DECIDE, Role.DECISION_MAKER, opened, decision or submission or stopped, due),
        owed(ObligationName.SUBMIT, Role.DECISION_MAKER, opened, stopped, due),
    ]


def _after_filing(view: View) -> list[Obligation]:
    filings = standing(view.facts)
    if not filings:
        return []
    first, found = filings[0], []
    referenced = next((f for f in filings if f.body.get("receipt_reference") or f.body.get("authority_case")), None)
    found.append(owed(ObligationName.RECEIPT_REFERENCE, Role.DECISION_MAKER, first.recorded_at, referenced))
    if first.occurred_at > view.clock.deadline_at:
        reasoned = next((f for f in filings if f.body.get("late_reason")), None)
        found.append(owed(ObligationName.LATE_REASON, Role.DECISION_MAKER, first.recorded_at, reasoned))
    incomplete, complete = _incomplete(filings)
    if incomplete is not None:
        found.append(owed(ObligationName.FOLLOW_UP, Role.DECISION_MAKER, incomplete.recorded_at, complete))
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
    said = filing.body.get("complete")
    return said == "yes" or (filing.body.get("kind") == "complete" and said != "no")


def _persons(view: View) -> list[Obligation]:
    decision = _last_on_persons(view, FactKind.CONTROLLER_DECIDED, "inform_subjects", "not_informing_ground")
    wanted = decision is not None and decision.body.get("inform_subjects") == "yes"
    since = view.high_risk_since or (decision.recorded_at if decision is not None and wanted else None)
    if since is None:
        return []
    told = _last_on_persons(view, FactKind.SUBJECTS_INFORMED, "informed", "ground")
    if told is not None and told.body.get("informed") == "yes":
        return [owed(ObligationName.INFORM_SUBJECTS, Role.DECISION_MAKER, since, told)]
    ground = _ground(told, decision, since)
    if ground is not None and (again := _owed_again(view, ground)) is not None:
        ground, since = None, again
    return [owed(ObligationName.INFORM_SUBJECTS, Role.DECISION_MAKER, since, ground)]


def _owed_again(view: View, ground: Fact) -> datetime | None:
    """Returns from when on a ground not to tell them holds no more; None while it holds."""
    judged = last_word(view.facts)
    if judged is not None and _denies(judged, ground):
        return judged.recorded_at
    unjudged = view.high_risk_since is not None and not view.high_at(ground.recorded_at)
    return ground.recorded_at if unjudged else None  # the high risk came later


def _last_on_persons(view: View, kind: FactKind, question: str, ground: str) -> Fact | None:
    """Returns the last word on telling the persons: a yes, a no, or a ground. "Unknown" is no word."""
    said = reversed(of_kind(view.facts, kind))
    return next((f for f in said if f.body.get(question) in ("yes", "no") or f.body.get(ground)), None)


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


def _choice(view: View) -> list[Obligation]:
    correction = view.last(FactKind.AWARENESS_CORRECTED)
    if view.choice.other is None or correction is None:
        return []
    chosen = next((fact for fact in view.facts if fact.fact_id == view.choice.chosen_by), None)
    return [owed(ObligationName.CHOOSE_POLICY, Role.DPO, correction.recorded_at, chosen)]


def _first_hour(view: View) -> list[Obligation]:
    found = []
    for task in first_hour_tasks(view.facts, destroy_only=view.destroy_only):
        opened = of_kind(view.facts, FactKind.MISDELIVERY_RECEIVED)[0]
        done = next((f for f in of_kinds(view.facts, _FINISHING) if _finishes(f, task)), None)
        found.append(owed(_TASK_OBLIGATIONS[task], Role.CASEWORKER, opened.recorded_at, done))
    return found


def _finishes(fact: Fact, task: TaskName) -> bool:
    if fact.kind in (FactKind.TASK_DONE, FactKind.TASK_UNANSWERED):
        return fact.body.get("task") == task
    if fact.kind == FactKind.RECIPIENT_CONFIRMED and task is TaskName.WRITTEN_CONFIRMATION:
        return any(fact.body.get(answer) not in (None, "unknown") for answer in _RECIPIENT_ANSWERS)
    return False
