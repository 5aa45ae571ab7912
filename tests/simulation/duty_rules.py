"""Whoever has the last word decides whether a duty is there: what must follow from the acts alone, whatever else is told."""

from schemas.actions import Outcome
from schemas.case import CaseRecord, ObligationName, Status
from schemas.facts import REPORTS, Fact, FactKind
from tests.simulation.violation import require

_TOLD = frozenset(str(kind) for kind in REPORTS)


def judge(case: CaseRecord, true_s: float) -> None:
    """Raises Violation if a case sleeps on a duty that a person has said is there, or that nobody has ended."""
    filed = _filed(case)
    decided = _last_answer(case, "notify_authority")
    word = None if decided is None else decided.body.get("notify_authority")
    if decided is not None and word == "yes" and not filed and not _ended_after(case, decided):
        running = case.status is Status.OPEN and case.clocks[0].stopped_by is None
        require(running, "who decided to notify is asked to file", f"{case.reference} is silent", true_s)
    refused = decided is not None and word == "no" and bool(decided.body.get("reason"))
    if case.settled is not None:
        require(
            filed or refused or _only_elsewhere(case),
            "no open case is settled on a duty that nobody has ended",
            f"{case.reference} is open, without a filing or a reasoned no, and asks for nothing",
            true_s,
        )
    if case.status is Status.CLOSED:
        require(
            filed or refused or _no_breach(case) or _only_elsewhere(case),
            "no case is closed on a duty that nobody has ended",
            f"{case.reference} is closed, without a filing, a reasoned no, or a word that it is no breach",
            true_s,
        )
        arisen = _arisen(case)
        require(not arisen, "what has to be done opens a closed case", f"{case.reference}: since then {arisen}", true_s)
    told = _last(case, FactKind.SUBJECTS_INFORMED)
    decided = _last_answer(case, "inform_subjects")
    absorbed = _last(case, FactKind.CASE_ABSORBED)
    if (
        decided is not None
        and decided.body["inform_subjects"] == "yes"
        and (absorbed is None or _before(absorbed, decided))
        and (told is None or (_before(told, decided) and told.body.get("informed") != "yes"))
    ):
        owed = any(o.name is ObligationName.INFORM_SUBJECTS and o.settled_by is None for o in case.obligations)
        require(owed, "who decided to tell the persons is asked to", case.reference, true_s)


def _last_answer(case: CaseRecord, question: str) -> Fact | None:
    """Returns the controller's last decision that answers a question."""
    said = [f for f in case.facts if f.kind == FactKind.CONTROLLER_DECIDED and f.body.get(question) in ("yes", "no")]
    return max(said, key=lambda fact: (fact.recorded_at, fact.fact_id), default=None)


def _filed(case: CaseRecord) -> bool:
    last = _last(case, FactKind.NOTIFICATION_SUBMITTED)
    return last is not None and last.body.get("kind") != "withdrawal"


def _ended_after(case: CaseRecord, decided: Fact) -> bool:
    closed = [f for f in case.facts if f.kind == FactKind.CASE_CLOSED and f.body.get("closing") != "duplicate_of"]
    return case.status is Status.ABSORBED or any(_before(decided, one) for one in closed)


def _arisen(case: CaseRecord) -> str:
    """Returns which duty has come since the last closing and was met by nobody; empty for none."""
    closing = _last(case, FactKind.CASE_CLOSED)
    assert closing is not None  # the case is closed
    since = [fact for fact in case.facts if _before(closing, fact)]
    told = [fact for fact in since if fact.kind == FactKind.SUBJECTS_INFORMED and fact.body.get("informed") == "yes"]
    decided = _last_answer(case, "inform_subjects")
    if decided in since and decided is not None and decided.body["inform_subjects"] == "yes" and not told:
        return "the controller has decided to tell the persons"
    grave = [f for f in since if f.kind == FactKind.ASSESSMENT_STATED and f.body.get("outcome") == Outcome.HIGH_RISK]
    if grave and case.outcome is Outcome.HIGH_RISK and not _ever_told(case):
        grounds = [(f, f.body.get("ground") or f.body.get("not_informing_ground")) for f in case.facts]
        if not any(g not in (None, "", "not_high_risk") or (g and _before(grave[-1], f)) for f, g in grounds):
            return "a high risk was found"
    filings = [fact for fact in since if fact.kind == FactKind.NOTIFICATION_SUBMITTED]
    return "a filing was called incomplete" if filings and filings[-1].body.get("complete") == "no" else ""


def _ever_told(case: CaseRecord) -> bool:
    said = _last(case, FactKind.SUBJECTS_INFORMED)
    return said is not None and said.body.get("informed") == "yes"


def _no_breach(case: CaseRecord) -> bool:
    closings = [f for f in case.facts if f.kind == FactKind.CASE_CLOSED and f.body.get("closing") == "not_a_breach"]
    return any(bool(one.body.get("reason")) for one in closings)


def _only_elsewhere(case: CaseRecord) -> bool:
    """Whether the sender's word that it is no breach holds: it stopped the clock, as a report's id says."""
    stopped = case.clocks[0].stopped_by
    return any(fact.fact_id == stopped and fact.kind in _TOLD for fact in case.facts)


def _last(case: CaseRecord, kind: FactKind) -> Fact | None:
    found = [fact for fact in case.facts if fact.kind == kind]
    return max(found, key=lambda fact: (fact.recorded_at, fact.fact_id), default=None)


def _before(one: Fact, other: Fact) -> bool:
    return (one.recorded_at, one.fact_id) < (other.recorded_at, other.fact_id)
