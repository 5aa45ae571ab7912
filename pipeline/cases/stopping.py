"""What stops the clock towards the authority, and which filings stand. Source: GDPR Art. 33(1)."""

from collections.abc import Sequence

from pipeline.cases.flow import elsewhere
from pipeline.cases.kinds import last_of, of_kind
from schemas.facts import Fact, FactKind


def stopping_fact(facts: Sequence[Fact]) -> Fact | None:
    """Returns what stopped the clock towards the authority: a filing that stands, the controller's reasoned no, or a
    sender's word that the message is about something else than a breach.
    """
    filings = standing(facts)
    if filings:
        return filings[0]
    decision = last_of(facts, FactKind.CONTROLLER_DECIDED)
    if decision is not None and decision.body.get("notify_authority") == "no" and decision.body.get("reason"):
        return decision
    closing = last_of(facts, FactKind.CASE_CLOSED)
    if closing is not None and closing.body.get("closing") == "not_a_breach" and closing.body.get("reason"):
        return None if overruled(facts, closing) else closing
    return elsewhere(facts)


def overruled(facts: Sequence[Fact], closing: Fact) -> bool:
    """Says whether the controller has decided to notify after `closing`, and nobody has filed: the duty is there again."""
    decision = last_of(facts, FactKind.CONTROLLER_DECIDED)
    if decision is None or decision.body.get("notify_authority") != "yes" or standing(facts):
        return False
    return (decision.recorded_at, decision.fact_id) > (closing.recorded_at, closing.fact_id)


def standing(facts: Sequence[Fact]) -> list[Fact]:
    """Returns the filings with the authority that stand: those since the last withdrawal."""
    filings: list[Fact] = []
    for fact in of_kind(facts, FactKind.NOTIFICATION_SUBMITTED):
        filings = [] if fact.body.get("kind") == "withdrawal" else [*filings, fact]
    return filings
