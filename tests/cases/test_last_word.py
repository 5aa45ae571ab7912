"""Which word counts when words contradict each other (decision 020): the last that answers, by who could know."""

from schemas.facts import FactKind
from tests.cases.scene import (
    DPO,
    GRAVE,
    HOUR,
    T0,
    Body,
    Desk,
    decide,
    fact,
    misdelivery,
    report,
    submit,
)
from tests.cases.test_acts import RECEIPT
from tests.cases.test_reopening import (
    DONE,
    FILED,
    LATER,
    LETTER,
    NO_BREACH,
    REFUSED,
    assessed,
    closed,
    informed,
    informed_at,
    task,
)


def test_unknown_is_no_word_in_a_decision() -> None:
    """A later decision that leaves a question open takes back no answer to it, neither a yes nor a no."""
    desk = closed(report(), NO_BREACH).take(decide(LATER)).take(decide(LATER + HOUR, "unknown"))
    assert (desk.status(), "submit" in desk.owed()) == ("open", True)
    desk = Desk().take(report()).take(decide(T0 + HOUR, inform_subjects="yes"))
    desk.take(decide(T0 + 2 * HOUR, inform_subjects="unknown"))
    assert "inform_subjects" in desk.take(submit(T0 + 3 * HOUR, complete="yes", receipt_reference=RECEIPT)).owed()
    desk = closed(*REFUSED, DONE).take(decide(LATER, "unknown", inform_subjects="no"))
    assert desk.status() == "closed"
    desk = closed(*FILED, informed_at(T0 + HOUR, informed="yes"), DONE).take(informed(informed="unknown"))
    assert desk.status() == "closed"


def test_a_protected_address_found_after_a_persons_assessment_outweighs_it() -> None:
    """Who judged did not know it; what came after makes the machine's graver, and the graver counts."""
    stated: Body = {"outcome": "unlikely_risk", "reason": "Modtageren er betroet."}
    judged = fact(FactKind.ASSESSMENT_STATED, T0 + HOUR, stated, by=DPO)
    desk = Desk().take(misdelivery(T0, LETTER)).take(judged)
    assert desk.case.outcome == "unlikely_risk"
    desk.take(task("recall", "no", T0 + 1.2 * HOUR))
    assert desk.case.outcome == "unlikely_risk"
    desk.take(task("protected_address_check", "yes", T0 + 1.5 * HOUR))
    assert (desk.case.outcome, "inform_subjects" in desk.owed()) == ("high_risk", True)
    again = fact(FactKind.ASSESSMENT_STATED, T0 + 2 * HOUR, stated, by=DPO)
    assert desk.take(again).case.outcome == "unlikely_risk"


def test_a_ground_from_when_the_risk_was_not_high_does_not_hold_when_it_is_high_again() -> None:
    """High by the machine, unlikely by a person, a ground, and then a report that makes it high again (Art. 34(1))."""
    desk = Desk().take(report(T0, GRAVE)).take(assessed("unlikely_risk", T0 + HOUR)).take(submit(T0 + HOUR))
    desk.take(informed_at(T0 + 2 * HOUR, informed="no", ground="not_high_risk")).take(report(T0 + 3 * HOUR, GRAVE))
    assert (desk.case.outcome, "inform_subjects" in desk.owed()) == ("high_risk", True)


def test_complete_in_name_is_not_complete_in_fact() -> None:
    """What says itself that something is missing completes nothing (Art. 33(4))."""
    desk = Desk().take(report()).take(submit(T0 + HOUR, complete="no", receipt_reference=RECEIPT))
    assert desk.take(submit(T0 + 2 * HOUR, "complete", complete="no")).owed() == ["follow_up"]
