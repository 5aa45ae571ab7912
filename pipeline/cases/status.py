"""Where a case stands. A closing holds until something arises that somebody has to do: then the case is open again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.cases.kinds import last_of, of_kinds
from pipeline.cases.risk import last_word
from schemas.actions import Outcome
from schemas.case import LegalClock, Obligation, ObligationName, Status
from schemas.facts import REPORTS, Fact, FactKind

_TOLD = frozenset(str(kind) for kind in REPORTS)
_ENDS = (FactKind.CASE_CLOSED, FactKind.CASE_ABSORBED)
_OPENING = _TOLD | {
    FactKind.ASSESSMENT_STATED,
    FactKind.AWARENESS_CORRECTED,
    FactKind.CASE_ABSORB_REQUESTED,
    FactKind.CONTROLLER_DECIDED,
    FactKind.DPO_ADVISED,
    FactKind.INCIDENT_STATED,
    FactKind.NOTIFICATION_SUBMITTED,
    FactKind.POLICY_CHOSEN,
    FactKind.RECIPIENT_CONFIRMED,
    FactKind.SUBJECTS_INFORMED,
    FactKind.TASK_DONE,
    FactKind.TASK_OPENED,
    FactKind.TASK_UNANSWERED,
}
_NOT_IN_THE_WAY = frozenset({ObligationName.ACKNOWLEDGE, ObligationName.ADVISE})


def in_the_way(owed: Iterable[Obligation]) -> list[Obligation]:
    """Returns what is still owed and keeps a case from being closed; acknowledging and advising do not."""
    return [one for one in owed if one.settled_by is None and one.name not in _NOT_IN_THE_WAY]


def reopened_at(facts: Sequence[Fact]) -> datetime | None:
    """Returns when the first act or report came after the end of an open case with these facts; None if it never ended.

    In between nobody was to be asked: what fell due then is not late, and its repeats are not caught up.
    """
    ends = [f for f in of_kinds(facts, _ENDS) if f.body.get("closing") != "duplicate_of"]
    if not ends:
        return None
    return min((f.recorded_at for f in of_kinds(facts, _OPENING) if f.recorded_at > ends[-1].recorded_at), default=None)


def status(facts: Sequence[Fact], owed: Iterable[Obligation], clocks: Iterable[LegalClock]) -> Status:
    """Returns where a reported case with these ordered facts stands.

    What is told after it was closed or absorbed opens it again. So does a later act that takes back what ended a duty,
    or brings one that was not there: a filing withdrawn, a protected address found, a decision to tell the persons. No
    case is closed while a clock of it runs. A closing as no breach needs nothing settled of what was owed by then, until
    a high risk is found or the controller treats the case as a breach after all.
    """
    absorbed, closing = last_of(facts, FactKind.CASE_ABSORBED), last_of(facts, FactKind.CASE_CLOSED)
    told, left = of_kinds(facts, _TOLD), in_the_way(owed)
    ended = max((one.recorded_at for one in (absorbed, closing) if one is not None), default=None)
    fresh = [one for one in left if ended is not None and one.since > ended]
    if absorbed is not None and not any(fact.recorded_at > absorbed.recorded_at for fact in told):
        return Status.OPEN if fresh else Status.ABSORBED  # what was owed by then is the other case's
    if closing is None or closing.body.get("closing") == "duplicate_of":
        return Status.OPEN
    if any(fact.recorded_at > closing.recorded_at for fact in told) or any(one.stopped_by is None for one in clocks):
        return Status.OPEN
    excuses = closing.body.get("closing") == "not_a_breach" and not _outweighed(facts, closing)
    return Status.OPEN if (fresh if excuses else left) else Status.CLOSED


def _outweighed(facts: Sequence[Fact], closing: Fact) -> bool:
    """Whether somebody has found a high risk since, or the controller has treated the case as a breach: what was owed
    before is owed again.
    """
    judged = last_word(facts)
    if judged is not None and judged.recorded_at > closing.recorded_at and judged.body["outcome"] == Outcome.HIGH_RISK:
        return True
    for fact in of_kinds(facts, (FactKind.CONTROLLER_DECIDED, FactKind.NOTIFICATION_SUBMITTED)):
        tells = "yes" in (fact.body.get("notify_authority"), fact.body.get("inform_subjects"))
        files = fact.kind == FactKind.NOTIFICATION_SUBMITTED and fact.body.get("kind") != "withdrawal"
        if fact.recorded_at > closing.recorded_at and (tells or files):
            return True
    return False
