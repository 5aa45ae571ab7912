"""What stops the clock towards the authority, and which filings stand. Source: GDPR Art. 33(1)."""

from collections.abc import Sequence

from pipeline.cases.flow import elsewhere
from pipeline.cases.kinds import of_kind
from schemas.facts import Fact, FactKind


def stopping_fact(facts: Sequence[Fact]) -> Fact | None:
    """Returns what stopped the clock towards the authority: a filing that stands, the controller's reasoned no, a closing
    as no breach, or a sender's word that the message is about something else than a breach.
    """
    filings = standing(facts)
    if filings:
        return filings[0]
    decision = answer(facts, FactKind.CONTROLLER_DECIDED, "notify_authority")
    if decision is not None and decision.body["notify_authority"] == "no" and decision.body.get("reason"):
        return decision
    closing = no_breach(facts)
    if closing is not None:
        return None if overruled(facts, closing) else closing
    return elsewhere(facts)


def answer(facts: Sequence[Fact], kind: FactKind, question: str) -> Fact | None:
    """Returns the last fact of a kind that answers a question with yes or no: "unknown" is no word."""
    return next((fact for fact in reversed(of_kind(facts, kind)) if fact.body.get(question) in ("yes", "no")), None)


def no_breach(facts: Sequence[Fact]) -> Fact | None:
    """Returns the last closing as no breach with its reason; another closing after it takes nothing back."""
    closings = reversed(of_kind(facts, FactKind.CASE_CLOSED))
    return next((one for one in closings if one.body.get("closing") == "not_a_breach" and one.body.get("reason")), None)


def overruled(facts: Sequence[Fact], closing: Fact) -> bool:
    """Says whether the controller has decided to notify after `closing`, and nobody has filed: the duty is there again."""
    decision = answer(facts, FactKind.CONTROLLER_DECIDED, "notify_authority")
    if decision is None or decision.body["notify_authority"] != "yes" or standing(facts):
        return False
    return (decision.recorded_at, decision.fact_id) > (closing.recorded_at, closing.fact_id)


def standing(facts: Sequence[Fact]) -> list[Fact]:
    """Returns the filings with the authority that stand: those since the last withdrawal."""
    filings: list[Fact] = []
    for fact in of_kind(facts, FactKind.NOTIFICATION_SUBMITTED):
        filings = [] if fact.body.get("kind") == "withdrawal" else [*filings, fact]
    return filings
