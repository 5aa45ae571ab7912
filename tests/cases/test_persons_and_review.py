"""What is owed beside the filing: telling the persons, looking again, choosing the law, the first hour's tasks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.cases.catalogue import Catalogue
from pipeline.cases.projection import project
from pipeline.cases.union import union
from pipeline.clock.policy import named
from schemas.case import ObligationName
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    CASEWORKER,
    DAY,
    DECIDER,
    DPO,
    GRAVE,
    HARMLESS,
    HOUR,
    PROTECTED,
    T0,
    Body,
    Desk,
    advise,
    catalogue,
    close,
    decide,
    fact,
    misdelivery,
    report,
    submit,
)

RECEIPT = "0123456789abcdef0123456789abcdef01234567"


def informed(at: datetime, **body: str) -> Fact:
    """Returns the controller's statement about telling the persons."""
    return fact(FactKind.SUBJECTS_INFORMED, at, dict(body), by=DECIDER)


def test_high_risk_obliges_to_tell_the_persons() -> None:
    """Art. 34(1); the filing with the authority settles nothing of it, and it asks daily."""
    desk = Desk().take(report(T0, GRAVE)).take(submit(T0 + HOUR, receipt_reference=RECEIPT))
    assert desk.owed() == ["inform_subjects"]
    desk.live(T0 + 3 * DAY)
    times = [due for name, due, _ in desk.rungs() if name == "inform_subjects"]
    assert T0 <= times[0] <= T0 + 4 * HOUR
    assert times == [times[0] + n * DAY for n in range(len(times))]
    assert times[-1] > T0 + 2 * DAY
    assert desk.demand("inform_subjects").role == "decision_maker"


def test_a_protected_address_reminds_every_two_hours() -> None:
    """Somebody may be in danger: R3, alert now."""
    desk = Desk().take(report(T0, PROTECTED)).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).live(T0 + 6 * HOUR)
    times = [due for name, due, _ in desk.rungs() if name == "inform_subjects_urgent"]
    assert times[-3:] == [T0 + n * HOUR for n in (2, 4, 6)]


@pytest.mark.parametrize("body", [HARMLESS, {}])
def test_without_high_risk_nobody_need_be_told(body: Body) -> None:
    """Unlikely risk and mere risk owe nothing under Art. 34."""
    assert Desk().take(report(T0, body)).obligation(ObligationName.INFORM_SUBJECTS) is None


@pytest.mark.parametrize(
    "settles",
    [
        informed(T0 + 2 * HOUR, informed="yes", how="Digital Post"),
        informed(T0 + 2 * HOUR, informed="no", ground="c_disproportionate", reason="r"),
        informed(T0 + 2 * HOUR, informed="no", ground="dbl_22_1", reason="r"),
        decide(T0 + 2 * HOUR, inform_subjects="no", not_informing_ground="a_protection", reason="r"),
    ],
)
def test_telling_them_or_a_ground_by_a_person_settles_it(settles: Fact) -> None:
    """Art. 34(3)(a) to (c), databeskyttelsesloven § 22."""
    desk = Desk().take(report(T0, GRAVE)).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).take(settles)
    assert desk.owed() == []
    owed = desk.obligation(ObligationName.INFORM_SUBJECTS)
    assert owed is not None
    assert owed.settled_by == settles.fact_id


@pytest.mark.parametrize(
    "act",
    [
        informed(T0 + 2 * HOUR, informed="no"),
        informed(T0 + 2 * HOUR, informed="unknown"),
        decide(T0 + 2 * HOUR, inform_subjects="no"),
    ],
)
def test_neither_told_nor_ground_settles_nothing(act: Fact) -> None:
    """The act is recorded; the obligation stays."""
    desk = Desk().take(report(T0, GRAVE)).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).take(act)
    assert desk.owed() == ["inform_subjects"]


@pytest.mark.parametrize(
    "ground",
    [
        informed(T0 + 2 * HOUR, informed="no", ground="a_protection", reason="r"),
        decide(T0 + 2 * HOUR, inform_subjects="no", not_informing_ground="a_protection", reason="r"),
    ],
)
def test_the_controllers_later_word_to_tell_them_outweighs_a_ground(ground: Fact) -> None:
    """Whoever has decided to tell them is reminded until they are told, whatever ground was given before."""
    desk = Desk().take(report(T0, GRAVE)).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).take(ground)
    assert desk.owed() == []
    assert desk.take(decide(T0 + 3 * HOUR, inform_subjects="yes")).owed() == ["inform_subjects"]
    later = informed(T0 + 4 * HOUR, informed="no", ground="c_disproportionate", reason="r")
    assert desk.take(later).owed() == []
    assert desk.take(informed(T0 + 5 * HOUR, informed="yes")).owed() == []


@pytest.mark.parametrize(
    "ground",
    [
        informed(T0 + HOUR, informed="no", ground="not_high_risk", reason="r"),
        decide(T0 + HOUR, "yes", inform_subjects="no", not_informing_ground="not_high_risk"),
    ],
)
def test_a_ground_from_before_the_high_risk_excuses_nobody(ground: Fact) -> None:
    """Art. 34(1) obliges from the outcome high risk on; who said that it was none has not judged this one."""
    desk = Desk().take(report(T0, {})).take(ground).take(submit(T0 + 2 * HOUR, receipt_reference=RECEIPT))
    assert "inform_subjects" not in desk.owed()
    desk.take(report(T0 + 3 * HOUR, GRAVE))
    assert "inform_subjects" in desk.owed()
    again = decide(T0 + 4 * HOUR, "yes", inform_subjects="no", not_informing_ground="c_disproportionate", reason="r")
    assert desk.take(again).owed() == []


def test_who_was_told_before_the_high_risk_was_told() -> None:
    """Only a ground grows old; a letter that went out has gone out."""
    desk = Desk().take(report(T0, {})).take(informed(T0 + HOUR, informed="yes"))
    assert "inform_subjects" not in desk.take(report(T0 + 3 * HOUR, GRAVE)).owed()


def test_the_controller_may_decide_to_tell_where_the_law_does_not_oblige() -> None:
    """Then it is owed like any other."""
    desk = Desk().take(report(T0, {})).take(decide(T0 + HOUR, inform_subjects="yes"))
    assert "inform_subjects" in desk.owed()


def test_a_report_after_the_decision_owes_a_review() -> None:
    """Whoever decided did not know it; the DPO looks again, by a fact after it."""
    desk = Desk().take(report()).take(decide(T0 + HOUR, "no", reason="r")).take(report(T0 + 2 * HOUR, HARMLESS))
    assert desk.owed() == ["review"]
    assert desk.take(advise(T0 + 3 * HOUR)).owed() == []


def test_a_report_after_closing_reopens_the_case() -> None:
    """No report is lost in a closed case."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r"))
    assert desk.status() == "closed"
    desk.take(report(T0 + DAY))
    assert desk.status() == "open"
    assert desk.owed() == ["review"]
    assert desk.demand("review").role == "dpo"


@pytest.mark.parametrize("ends", [decide(T0 + 26 * HOUR, "no", reason="r"), decide(T0 + 26 * HOUR), "closed"])
def test_after_not_a_breach_only_the_controller_ends_the_review(ends: Fact | str) -> None:
    """The closing still holds the clock, so a case of which the DPO thinks otherwise must not fall asleep."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r")).take(report(T0 + DAY))
    desk.take(advise(T0 + 25 * HOUR))
    stated: Body = {"outcome": "risk", "reason": "Der var personoplysninger."}
    desk.take(fact(FactKind.ASSESSMENT_STATED, T0 + 25 * HOUR, stated, by=DPO))
    assert desk.owed() == ["review"]
    desk.take(decide(T0 + 25 * HOUR + timedelta(minutes=30), "unknown"))
    assert desk.owed() == ["review"]
    assert desk.case.wake_at is not None
    last = close(T0 + 26 * HOUR, "not_a_breach", reason="Intet nyt.") if isinstance(ends, str) else ends
    assert "review" not in desk.take(last).owed()


def test_a_graver_outcome_after_the_decision_owes_a_review() -> None:
    """No report but a task's answer: the address was protected. Advice is not enough; a new decision is."""
    desk = Desk().take(misdelivery(T0, {"circumstances": {"medium": "letter"}}))
    desk.take(decide(T0 + HOUR, "no", reason="r"))
    assert "review" not in desk.owed()
    answer: Body = {"task": "protected_address_check", "state": "done", "answer": "yes"}
    desk.take(fact(FactKind.TASK_DONE, T0 + 2 * HOUR, answer, by=CASEWORKER))
    assert desk.case.outcome == "high_risk"
    assert "review" in desk.owed()
    assert "review" in desk.take(advise(T0 + 3 * HOUR)).owed()
    desk.take(decide(T0 + 4 * HOUR, "yes", inform_subjects="yes"))
    assert "review" not in desk.owed()
    assert "submit" in desk.owed()


def test_a_review_that_was_settled_opens_again_for_a_graver_outcome() -> None:
    """First a report that changed nothing and was looked at; then the answer that changes everything."""
    desk = Desk().take(misdelivery(T0, {"circumstances": {"medium": "letter"}}))
    desk.take(decide(T0 + HOUR, "no", reason="r")).take(report(T0 + 2 * HOUR, {})).take(advise(T0 + 3 * HOUR))
    assert "review" not in desk.owed()
    answer: Body = {"task": "protected_address_check", "state": "done", "answer": "yes"}
    desk.take(fact(FactKind.TASK_DONE, T0 + 4 * HOUR, answer, by=CASEWORKER))
    assert "review" in desk.owed()


def test_a_persons_assessment_stands_beside_the_machines_until_a_report_comes() -> None:
    """It does not erase the machine's; what is told later is weighed again, and the graver counts."""
    stated: Body = {"outcome": "unlikely_risk", "reason": "Modtageren er betroet."}
    desk = Desk().take(report(T0, {})).take(fact(FactKind.ASSESSMENT_STATED, T0 + HOUR, stated, by=DPO))
    assert (desk.case.outcome, desk.case.human_outcome) == ("unlikely_risk", "unlikely_risk")
    assert desk.case.assessment is not None
    assert desk.case.assessment.outcome == "risk"
    assert desk.take(report(T0 + 2 * HOUR, GRAVE)).case.outcome == "high_risk"


def test_a_misdelivery_opens_the_first_hours_tasks() -> None:
    """Recall or lock, protected-address check, written confirmation: the caseworker's (domain §7.2)."""
    desk = Desk().take(misdelivery())
    tasks = ["recall", "protected_address_check", "written_confirmation"]
    assert desk.owed()[-3:] == tasks
    assert {one.role for one in desk.case.obligations if one.name in tasks} == {"caseworker"}
    assert desk.live(T0 + 25 * HOUR).demand("recall").role == "caseworker"


@pytest.mark.parametrize("kind", [FactKind.TASK_DONE, FactKind.TASK_UNANSWERED])
@pytest.mark.parametrize("task", ["recall", "protected_address_check", "written_confirmation"])
def test_a_result_settles_its_task_and_no_other(kind: FactKind, task: str) -> None:
    """Done or unanswered: either is a result; what it means is the assessment's."""
    desk = Desk().take(misdelivery()).take(fact(kind, T0 + HOUR, {"task": task, "answer": "no"}, by=CASEWORKER))
    rest = [one for one in ("recall", "protected_address_check", "written_confirmation") if one != task]
    assert desk.owed()[-2:] == rest


@pytest.mark.parametrize(
    ("said", "settled"),
    [({"deletion_confirmed": "yes"}, True), ({"returned": "no"}, True), ({"opened": "yes"}, False),
     ({"deletion_confirmed": "unknown"}, False)],
)  # fmt: skip
def test_the_recipients_word_on_deletion_or_return_is_the_confirmation(said: Body, settled: bool) -> None:
    """What the recipient says of anything else confirms nothing."""
    desk = Desk().take(misdelivery()).take(fact(FactKind.RECIPIENT_CONFIRMED, T0 + HOUR, said, by=CASEWORKER))
    assert ("written_confirmation" not in desk.owed()) is settled


def two_laws() -> Catalogue:
    """Returns the law of today that ends on 21 November 2026, and one of 96 hours from that day on."""
    today = named(catalogue().policies, "gdpr33-dk.v1")
    border = date(2026, 11, 21)
    old = today.model_copy(update={"valid_to": border})
    new = today.model_copy(
        update={"id": "gdpr33-dk-96", "valid_from": border, "deadline": timedelta(hours=96), "hash": "9" * 64}
    )
    return replace(catalogue(), policies=(old, new))


def test_a_correction_across_the_border_of_two_laws_owes_a_choice() -> None:
    """The earlier deadline holds until a person has chosen; a machine never moves it later."""
    corrected: Body = {"aware_at": "2026-11-21T08:00:00+00:00", "ground": "investigation", "reason": "r"}
    correction = fact(FactKind.AWARENESS_CORRECTED, datetime(2026, 11, 21, 9, tzinfo=UTC), corrected, by=DPO)
    facts, trimmed = union((), {}, [report(), correction])
    case = project(facts, trimmed, two_laws())
    assert case.clocks[0].deadline_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert [one.settled_by for one in case.obligations if one.name == "choose_policy"] == [None]
    chosen = fact(FactKind.POLICY_CHOSEN, T0 + DAY, {"policy": "gdpr33-dk-96", "reason": "r"}, by=DECIDER)
    case = project(*union(facts, trimmed, [chosen]), two_laws())
    assert case.clocks[0].deadline_at == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert [one.settled_by for one in case.obligations if one.name == "choose_policy"] == [chosen.fact_id]
