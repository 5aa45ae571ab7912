"""What becomes of an absorbed case when something new is found in it, and of a closed one that proves a duplicate."""

import pytest

from schemas.facts import Fact, FactKind
from tests.cases.scene import DAY, DPO, GRAVE, HARMLESS, HOUR, T0, Body, Desk, close, fact
from tests.cases.test_absorption import A, B, duplicate_of, reported, settle


def test_a_danger_that_shows_itself_in_an_absorbed_case_opens_it_again() -> None:
    """The answer was given under the old reference; there is nobody else to tell the persons of it."""
    desks = {A: reported(A), B: reported(B)}
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    desks[A].take(fact(FactKind.ALERT_ACKNOWLEDGED, T0 + DAY, by=DPO, case_id=A))
    assert desks[A].status() == "absorbed"
    stated: Body = {"outcome": "high_risk", "reason": "Adressen er beskyttet."}
    desks[A].take(fact(FactKind.ASSESSMENT_STATED, T0 + DAY, stated, by=DPO, case_id=A))
    assert desks[A].status() == "open"
    assert "inform_subjects" in desks[A].owed()
    desks[A].take(close(T0 + 2 * DAY, "not_a_breach", case_id=A, reason="Meldt på den anden sag."))
    assert desks[A].status() == "absorbed"


def absorbed(*before: Fact, of: Fact | None = None) -> dict[str, Desk]:
    """Returns A, reported and treated so, absorbed by B."""
    desks = {A: Desk().take(of or fact(FactKind.REPORT_RECEIVED, T0, case_id=A)), B: reported(B)}
    for one in before:
        desks[A].take(one)
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert desks[A].status() == "absorbed"
    return desks


def stated(kind: FactKind, body: Body, hours: float = 30) -> Fact:
    """Returns what the DPO states on A."""
    return fact(kind, T0 + HOUR * hours, body, by=DPO, case_id=A)


GRAVE_A = fact(FactKind.REPORT_RECEIVED, T0, GRAVE, case_id=A)
OUTAGE_A = fact(FactKind.REPORT_RECEIVED, T0, {**HARMLESS, "service_disrupted": "yes"}, case_id=A)
NO_INCIDENT = stated(FactKind.INCIDENT_STATED, {"significant": "no", "reason": "r"}, 1)
HIGH: Body = {"outcome": "high_risk", "reason": "r"}
UNLIKELY: Body = {"outcome": "unlikely_risk", "reason": "r"}
MILD = stated(FactKind.ASSESSMENT_STATED, UNLIKELY, 1)
TOLD = stated(FactKind.SUBJECTS_INFORMED, {"informed": "yes"}, 1)
EARLIER: Body = {"aware_at": (T0 - 5 * DAY).isoformat(), "ground": "investigation", "reason": "r"}


@pytest.mark.parametrize(
    ("of", "before", "later", "owed"),
    [
        (OUTAGE_A, NO_INCIDENT, stated(FactKind.INCIDENT_STATED, {"significant": "yes"}), "nis2_early_warning"),
        (GRAVE_A, MILD, stated(FactKind.ASSESSMENT_STATED, HIGH), "inform_subjects"),
        (GRAVE_A, TOLD, stated(FactKind.SUBJECTS_INFORMED, {"informed": "no"}), "inform_subjects"),
    ],
)
def test_a_duty_that_was_met_when_a_case_was_absorbed_and_comes_back_opens_it(
    of: Fact, before: Fact, later: Fact, owed: str
) -> None:
    """The other case was not asked for it, for it was not owed then."""
    desk = absorbed(before, of=of)[A].take(later)
    assert desk.status() == "open"
    assert owed in desk.owed()
    assert owed in {one.obligation for one in desk.live(T0 + 10 * DAY).case.demands}


def test_awareness_that_turns_out_earlier_opens_an_absorbed_case() -> None:
    """The case that took it over has the later deadline, and nobody has told it."""
    desk = absorbed()[A]
    deadline = desk.deadline()
    desk.take(stated(FactKind.AWARENESS_CORRECTED, EARLIER))
    assert desk.deadline() < deadline
    assert desk.status() == "open"
    assert "submit" in desk.owed()
    assert desk.case.wake_at is not None


def test_a_case_opened_again_that_is_closed_as_a_duplicate_again_asks_again() -> None:
    """The other may be closed by now; and no duty ends by asking."""
    desks = absorbed(MILD)
    desks[A].take(stated(FactKind.ASSESSMENT_STATED, HIGH))
    desks[A].facts.clear()
    desks[A].take(duplicate_of(A, B, 40))
    assert desks[A].status() == "open"
    assert [one.kind for one in desks[A].facts] == [FactKind.CASE_ABSORB_REQUESTED]


@pytest.mark.parametrize(("absorbs", "runs"), [({}, True), ({"concerns": ["complaint_service"]}, False)])
def test_a_complaint_that_takes_over_a_breach_is_one(absorbs: Body, runs: bool) -> None:
    """Nobody said of the breach that it is none (decision 011); of a second complaint somebody did."""
    complaint = fact(FactKind.REPORT_RECEIVED, T0, {"concerns": ["complaint_service"]}, case_id=B)
    desks = {A: Desk().take(fact(FactKind.REPORT_RECEIVED, T0, absorbs, case_id=A)), B: Desk().take(complaint)}
    assert desks[B].case.clocks[0].stopped_by is not None
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert desks[A].status() == "absorbed"
    assert (desks[B].case.clocks[0].stopped_by is None) is runs


def test_a_report_to_an_absorbed_case_opens_it_from_then_on() -> None:
    """What was done in it before, and left it absorbed, is not what the lateness counts from."""
    desk = absorbed()[A].take(stated(FactKind.DPO_ADVISED, {"notify_authority": "yes"}))
    desk.take(fact(FactKind.REPORT_RECEIVED, T0 + 900 * DAY, case_id=A))
    assert desk.case.reopened_at == T0 + 900 * DAY
    assert len(desk.rungs()) < 20


def test_a_closed_case_can_be_a_duplicate_too() -> None:
    """Its first signal may be the earlier one; it asks for nothing while it waits."""
    desks = {A: reported(A), B: reported(B, 2)}
    desks[A].take(close(T0 + 3 * HOUR, "not_a_breach", case_id=A, reason="r")).take(duplicate_of(A, B))
    assert desks[A].status() == "closed"
    settle(desks)
    assert desks[A].status() == "absorbed"
    assert desks[B].deadline() == T0 + 72 * HOUR
