"""A closed case stays closed until something has to be done: then it is open again, and asks for it."""

from datetime import UTC, datetime

import pytest

from pipeline.cases.projection import project
from schemas.case import ObligationName
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    CASEWORKER,
    DAY,
    DEADLINE,
    DECIDER,
    DPO,
    GRAVE,
    HARMLESS,
    HOUR,
    OTHER,
    T0,
    Body,
    Desk,
    acknowledge,
    advise,
    catalogue,
    close,
    decide,
    fact,
    misdelivery,
    report,
    submit,
)
from tests.cases.test_acts import RECEIPT

LETTER: Body = {"circumstances": {"medium": "letter"}}
LATER = T0 + DAY
FILED = (report(), submit(T0 + HOUR, complete="yes", receipt_reference=RECEIPT))
REFUSED = (report(), decide(T0 + HOUR, "no", reason="r"))
DONE = close(T0 + 2 * HOUR, "done")
NO_BREACH = close(T0 + 2 * HOUR, "not_a_breach", reason="r")


def assessed(outcome: str, at: datetime = LATER) -> Fact:
    """Returns what the DPO says of the risk."""
    return fact(FactKind.ASSESSMENT_STATED, at, {"outcome": outcome, "reason": "r"}, by=DPO)


def informed(**body: str) -> Fact:
    """Returns the controller's later statement about telling the persons."""
    return informed_at(LATER, **body)


def informed_at(at: datetime, **body: str) -> Fact:
    """Returns the controller's statement about telling the persons."""
    return fact(FactKind.SUBJECTS_INFORMED, at, dict(body), by=DECIDER)


def task(name: str, found: str, at: datetime) -> Fact:
    """Returns the answer to a first-hour task."""
    return fact(FactKind.TASK_DONE, at, {"task": name, "state": "done", "answer": found}, by=CASEWORKER)


def closed(*facts: Fact) -> Desk:
    """Returns a case that these facts have closed."""
    desk = Desk()
    for one in facts:
        desk.take(one)
    assert desk.status() == "closed"
    return desk


CORRECTED = fact(
    FactKind.AWARENESS_CORRECTED,
    LATER + 5 * DAY,
    {"aware_at": (T0 - 5 * DAY).isoformat(), "ground": "investigation", "reason": "Kendt før."},
    by=DECIDER,
)
INCIDENT = fact(FactKind.INCIDENT_STATED, LATER, {"significant": "yes", "reason": "r"}, by=DECIDER)


@pytest.mark.parametrize(
    ("before", "closing", "after", "owed"),
    [
        (FILED, DONE, submit(LATER, "withdrawal"), "submit"),
        (REFUSED, DONE, decide(LATER, "no"), "submit"),
        (REFUSED, DONE, decide(LATER, "yes"), "submit"),
        (REFUSED, DONE, decide(LATER, "no", reason="r", inform_subjects="yes"), "inform_subjects"),
        (REFUSED, DONE, assessed("high_risk"), "inform_subjects"),
        (REFUSED, DONE, assessed("high_risk"), "review"),
        (FILED, DONE, assessed("high_risk"), "inform_subjects"),
        (FILED, DONE, submit(LATER, "follow_up", complete="no"), "follow_up"),
        (FILED, DONE, CORRECTED, "late_reason"),
        (FILED, DONE, INCIDENT, "nis2_early_warning"),
        (REFUSED, DONE, INCIDENT, "nis2_early_warning"),
        ((report(),), NO_BREACH, assessed("high_risk"), "inform_subjects"),
        ((report(),), NO_BREACH, assessed("risk"), "review"),
        ((report(),), NO_BREACH, advise(LATER), "review"),
        (FILED, NO_BREACH, assessed("risk"), "review"),
        (REFUSED, NO_BREACH, advise(LATER), "review"),
        ((*REFUSED, assessed("high_risk", T0 + 1.5 * HOUR)), NO_BREACH, assessed("high_risk"), "review"),
        ((report(),), NO_BREACH, decide(LATER), "submit"),
        ((report(),), NO_BREACH, submit(LATER), "receipt_reference"),
        ((report(),), NO_BREACH, INCIDENT, "nis2_early_warning"),
    ],
)
def test_what_has_to_be_done_opens_a_closed_case(
    before: tuple[Fact, ...], closing: Fact, after: Fact, owed: str
) -> None:
    """GDPR Art. 33(1), 33(4), 34(1), NIS 2 Art. 23: the duty does not end because somebody had closed the file before."""
    desk = closed(*before, closing).take(after)
    assert desk.status() == "open"
    assert owed in desk.owed()
    assert desk.case.wake_at is not None
    assert owed in {one.obligation for one in desk.live(LATER + 10 * DAY).case.demands}


def test_a_protected_address_that_shows_itself_after_the_closing_opens_the_case() -> None:
    """The letter's answer comes late, and somebody may be in danger: the persons are to be told, the no looked at again."""
    tasks = [
        fact(FactKind.TASK_DONE, T0 + HOUR, {"task": name, "state": "done", "answer": "no"}, by=CASEWORKER)
        for name in ("recall", "protected_address_check", "written_confirmation")
    ]
    desk = closed(misdelivery(T0, LETTER), *tasks, decide(T0 + 1.5 * HOUR, "no", reason="r"), DONE)
    answer: Body = {"task": "protected_address_check", "state": "done", "answer": "yes"}
    desk.take(fact(FactKind.TASK_DONE, LATER, answer, by=CASEWORKER))
    assert desk.status() == "open"
    assert {"inform_subjects", "review"} <= set(desk.owed())
    assert desk.live(LATER + 3 * HOUR).demand("inform_subjects").rung == "inform_subjects_urgent"


@pytest.mark.parametrize(
    ("before", "closing", "after"),
    [
        (FILED, DONE, acknowledge(LATER)),
        (FILED, DONE, advise(LATER)),
        (REFUSED, DONE, advise(LATER)),
        (FILED, DONE, assessed("unlikely_risk")),
        (FILED, DONE, submit(LATER, "follow_up", complete="yes")),
        (FILED, DONE, informed(informed="yes")),
        (FILED, NO_BREACH, submit(LATER, "withdrawal")),
        ((report(),), NO_BREACH, assessed("unlikely_risk")),
        ((report(),), NO_BREACH, advise(LATER, "no")),
        ((report(T0, GRAVE),), NO_BREACH, acknowledge(LATER)),
        ((report(T0, HARMLESS), decide(T0 + HOUR, "no", reason="r")), close(T0 + 2 * HOUR, "register_only"), advise(LATER)),
    ],
)  # fmt: skip
def test_what_leaves_nothing_to_do_leaves_it_closed(before: tuple[Fact, ...], closing: Fact, after: Fact) -> None:
    """Whoever reads an old mail and acknowledges, advises or completes wakes nobody."""
    desk = closed(*before, closing).take(after)
    assert (desk.status(), desk.case.wake_at) == ("closed", None)


@pytest.mark.parametrize(("ground", "holds"), [("not_high_risk", False), ("c_disproportionate", True)])
def test_a_high_risk_found_by_a_person_denies_the_ground_that_there_is_none(ground: str, holds: bool) -> None:
    """The controller said it against the machine's advice, and the DPO judges otherwise; another ground is untouched."""
    said = decide(T0 + HOUR, "no", reason="r", inform_subjects="no", not_informing_ground=ground)
    desk = closed(report(T0, GRAVE), said, DONE).take(assessed("high_risk"))
    assert desk.status() == ("closed" if holds else "open")
    assert desk.owed() == ([] if holds else ["inform_subjects"])
    if not holds:
        found = desk.obligation(ObligationName.INFORM_SUBJECTS)
        assert found is not None
        assert found.since == LATER
        again = fact(
            FactKind.SUBJECTS_INFORMED, LATER + HOUR, {"informed": "no", "ground": "not_high_risk"}, by=DECIDER
        )
        assert desk.take(again).owed() == []


@pytest.mark.parametrize(
    "word",
    [decide(LATER, inform_subjects="yes"), decide(LATER, "no", reason="r", inform_subjects="yes"), submit(LATER)],
)
def test_a_no_breach_that_the_controller_outweighs_excuses_nothing(word: Fact) -> None:
    """Seed 31293: closed as no breach, then decided otherwise and filed; the persons were never told."""
    desk = closed(report(T0, GRAVE), NO_BREACH).take(word)
    desk.take(submit(LATER + HOUR, "complete", receipt_reference=RECEIPT))
    assert (desk.status(), desk.owed()) == ("open", ["inform_subjects"])
    desk.take(fact(FactKind.SUBJECTS_INFORMED, LATER + 2 * HOUR, {"informed": "yes"}, by=DECIDER))
    assert desk.status() == "closed"


def test_a_no_breach_that_was_contradicted_can_be_closed_again() -> None:
    """The second closing has heard the objection; the clock stays stopped."""
    desk = closed(report(), NO_BREACH).take(assessed("risk"))
    assert desk.owed() == ["review"]
    desk.take(close(LATER + HOUR, "not_a_breach", reason="Kun navne på ansatte, offentlige i forvejen."))
    assert (desk.status(), desk.case.wake_at) == ("closed", None)


def test_a_protected_address_after_the_closing_as_no_breach_asks_for_a_second_look() -> None:
    """Nobody decided but who closed; what is graver than at the closing was not weighed by it."""
    desk = closed(misdelivery(T0, LETTER), NO_BREACH)
    answer: Body = {"task": "protected_address_check", "state": "done", "answer": "yes"}
    desk.take(fact(FactKind.TASK_DONE, LATER, answer, by=CASEWORKER))
    assert {"inform_subjects", "review"} <= set(desk.owed())


YEARS = T0 + 1100 * DAY


def test_a_high_risk_found_after_a_no_breach_is_not_answered_by_a_no_to_the_authority() -> None:
    """The controller's no is about Datatilsynet; the persons are told, or a ground is given, or it is closed again."""
    desk = closed(report(T0, GRAVE), NO_BREACH).take(assessed("high_risk")).take(decide(LATER + HOUR, "no", reason="r"))
    assert (desk.status(), desk.owed()) == ("open", ["inform_subjects"])
    desk.take(close(LATER + 2 * HOUR, "not_a_breach", reason="Forkert sag."))
    assert desk.status() == "closed"


def test_who_takes_the_objection_back_closes_the_case_again() -> None:
    """The last assessment counts."""
    desk = closed(report(), NO_BREACH).take(assessed("risk")).take(assessed("unlikely_risk", LATER + HOUR))
    assert (desk.status(), desk.owed()) == ("closed", [])


def test_what_comes_years_later_rings_as_overdue_and_not_a_thousand_times() -> None:
    """Overdue, filed and closed; after three years the filing is withdrawn: the first deadline, and two looks more."""
    desk = Desk().take(report()).live(T0 + 5 * DAY)
    desk.take(submit(T0 + 5 * DAY, complete="yes", receipt_reference=RECEIPT, late_reason="r"))
    before = len(desk.take(close(T0 + 6 * DAY, "done")).rungs())
    withdrawn = submit(YEARS, "withdrawal")
    seen = project([*desk.case.facts, withdrawn], {}, catalogue())
    assert YEARS - 2 * DAY < datetime.fromtimestamp(seen.wake_at or 0.0, UTC) <= YEARS
    desk.take(withdrawn)
    assert desk.deadline() == DEADLINE
    assert desk.demand().rung == "overdue"
    assert desk.demand().lateness_s < 1
    assert len(desk.rungs()) <= before + 2


def test_a_duty_of_before_the_closing_is_not_asked_for_a_thousand_times() -> None:
    """The letter that was said to have gone out never did: the persons are to be told, by the series that began then."""
    desk = closed(
        report(T0, GRAVE),
        submit(T0 + HOUR, complete="yes", receipt_reference=RECEIPT),
        fact(FactKind.SUBJECTS_INFORMED, T0 + HOUR, {"informed": "yes"}, by=DECIDER),
        DONE,
    )
    desk.take(fact(FactKind.SUBJECTS_INFORMED, YEARS, {"informed": "no"}, by=DECIDER))
    assert desk.owed() == ["inform_subjects"]
    assert desk.demand("inform_subjects").rung_due_at > YEARS - DAY
    assert len(desk.rungs()) <= 4


@pytest.mark.parametrize("number", range(8))
def test_a_closing_in_the_same_millisecond_as_its_report_closes_it(number: int) -> None:
    """Which of the two has the smaller id says nothing of what came first; a closing is of what was there."""
    told = report(T0, event=f"same-{number}")
    assert closed(told, close(T0, "not_a_breach", reason="r")).case.wake_at is None


WEAK = [close(T0 + 3 * HOUR, "done"), close(T0 + 3 * HOUR, "register_only"), close(T0 + 3 * HOUR, "not_a_breach")]


@pytest.mark.parametrize("weaker", [*WEAK, close(T0 + 3 * HOUR, "duplicate_of", duplicate_of=OTHER)])
def test_a_weaker_closing_takes_nothing_from_one_as_no_breach(weaker: Fact) -> None:
    """Said twice, the second time without the reason: the first said why nothing is owed."""
    assert closed(report(), NO_BREACH).take(weaker).status() == "closed"
    assert (
        closed(report(), submit(T0 + HOUR, complete="yes", receipt_reference=RECEIPT), DONE).take(weaker).status()
        == "closed"
    )
    grave = closed(report(T0, GRAVE), decide(T0 + HOUR, "no", reason="r"), NO_BREACH)
    assert grave.take(weaker).status() == "closed"


@pytest.mark.parametrize(
    ("idle", "opening"),
    [
        ((advise(LATER, "no"),), decide(YEARS)),
        ((assessed("risk"), assessed("unlikely_risk", LATER + HOUR)), decide(YEARS)),
        ((acknowledge(LATER), decide(LATER, "no", reason="r")), decide(YEARS)),
        ((advise(LATER, "no"),), report(YEARS, {"service_disrupted": "yes"})),
    ],
)
def test_a_case_is_open_again_from_what_opened_it(idle: tuple[Fact, ...], opening: Fact) -> None:
    """Acts that left it closed, or opened it for an hour, are not what the lateness counts from three years on."""
    desk = closed(report(), NO_BREACH)
    for one in idle:
        desk.take(one)
    assert desk.status() == "closed"
    before = len(desk.rungs())
    assert desk.take(opening).case.reopened_at == YEARS
    assert len(desk.rungs()) <= before + 20
    assert all(demand.lateness_s < 1 for demand in desk.case.demands)


def test_a_report_to_a_case_that_is_open_again_moves_nothing() -> None:
    """It is open from the withdrawal on, whoever tells of it afterwards."""
    desk = closed(*FILED, DONE).take(submit(LATER, "withdrawal")).take(report(LATER + DAY))
    assert desk.case.reopened_at == LATER
