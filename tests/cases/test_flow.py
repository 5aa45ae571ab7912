"""What is no breach by its sender's word leaves the breach flow, and comes back as soon as anybody says otherwise."""

from datetime import timedelta

import pytest

from pipeline.routing.route import route
from schemas.alert import Level
from schemas.case import ObligationName
from schemas.facts import FactKind
from schemas.values import InboundKind
from tests.cases.scene import DPO, GRAVE, T0, Body, Desk, fact, misdelivery, report
from tests.routing.scene import plan, policy

HOUR = timedelta(hours=1)
FREE_TEXT: Body = {"description": "Jeg er uenig i afgørelsen."}
COMPLAINT: Body = {"concerns": ["complaint_decision"], "circumstances": FREE_TEXT}


def _runs(desk: Desk) -> bool:
    return desk.case.clocks[0].stopped_by is None


def _told(desk: Desk) -> dict[str, Level]:
    routed = route(desk.record, None, plan(), policy(), T0)
    return {alert.recipient: alert.level for alert in routed.alerts}


@pytest.mark.parametrize(
    "kind",
    [one for one in InboundKind if one not in (InboundKind.BREACH, InboundKind.OTHER, InboundKind.SECURITY_HOLE)],
)
def test_what_is_something_else_goes_to_its_unit_and_asks_nobody_for_an_act(kind: InboundKind) -> None:
    """M41: no clock, no rung, no act owed; the unit is told, and the DPO reads of it in the next digest at most."""
    desk = Desk().take(report(T0, {"concerns": [str(kind)], "circumstances": FREE_TEXT})).live(T0 + 200 * HOUR)
    assert desk.status() == "open"
    assert not _runs(desk)
    assert desk.owed() == []
    assert desk.rungs() == []
    told = _told(desk)
    assert told, "the unit is told"
    assert told.get("dpo", Level.DIGEST) is Level.DIGEST or plan().delivery.inbound[kind] == "dpo"


def test_a_breach_in_the_same_message_runs_as_ever() -> None:
    """One message, two matters: the complaint goes its way, the breach has its clock and asks the DPO."""
    desk = Desk().take(report(T0, {"concerns": ["breach", "complaint_decision"], "circumstances": FREE_TEXT}))
    assert _runs(desk)
    assert desk.demand().obligation is ObligationName.ACKNOWLEDGE
    assert _told(desk) == {"dpo": Level.ACT, "sagsbehandling": Level.INFO}


@pytest.mark.parametrize(
    "body",
    [
        {"circumstances": FREE_TEXT},
        {"concerns": [], "circumstances": FREE_TEXT},
        {"concerns": ["other"], "circumstances": FREE_TEXT},
        {"concerns": ["complaint_decision", "other"], "circumstances": FREE_TEXT},
        {"concerns": ["a_kind_of_a_later_version"], "circumstances": FREE_TEXT},
        {"concerns": ["security_hole"], "circumstances": FREE_TEXT},
        {"concerns": ["security_hole"], "circumstances": {"access_possible": "unknown"}},
        {"concerns": ["security_hole"], "circumstances": {"access_possible": "no", "exposure": "exposed"}},
        {"concerns": ["complaint_decision"], **GRAVE},
        {"concerns": ["complaint_decision"], "circumstances": {"medium": "letter"}},
        {"concerns": ["complaint_decision"], "processor_cvr": "12345678"},
    ],
)
def test_in_doubt_it_is_a_breach(body: Body) -> None:
    """Nothing said, a word that places nothing, a hole whose use is not excluded, or any circumstance: the clock runs."""
    assert _runs(Desk().take(report(T0, body)))


def test_a_hole_that_nobody_could_use_goes_to_security() -> None:
    """Access is excluded (R10): the coordinator closes it, no clock."""
    body: Body = {
        "concerns": ["security_hole"],
        "circumstances": {"access_possible": "no", "use_excluded_by_logs": "yes"},
    }
    desk = Desk().take(report(T0, body))
    assert not _runs(desk)
    assert _told(desk)["it-sikkerhed"] is Level.ACT


@pytest.mark.parametrize(
    "news",
    [
        report(T0 + 30 * HOUR, GRAVE),
        misdelivery(T0 + 30 * HOUR),
        fact(FactKind.REPORT_SUPPLEMENTED, T0 + 30 * HOUR, {"circumstances": {"medium": "letter"}}),
        fact(FactKind.ASSESSMENT_STATED, T0 + 30 * HOUR, {"outcome": "risk", "reason": "Det var et brud."}, by=DPO),
        fact(FactKind.DPO_ADVISED, T0 + 30 * HOUR, {"notify_authority": "yes"}, by=DPO),
        fact(FactKind.REPORT_UNREADABLE, T0 + 30 * HOUR),
    ],
    ids=lambda one: str(one.kind),
)
def test_whoever_says_breach_brings_it_back_and_the_time_is_the_first(news: object) -> None:
    """The clock runs from the complaint's receipt: what was called by a wrong name costs nobody a later deadline."""
    desk = Desk().take(report(T0, COMPLAINT))
    assert not _runs(desk)
    desk.take(news)  # type: ignore[arg-type]
    assert _runs(desk)
    assert desk.deadline() == T0 + 72 * HOUR


def test_order_does_not_matter() -> None:
    """A set of facts: breach first or complaint first gives the same case."""
    facts = [report(T0, COMPLAINT, event="a"), report(T0 + HOUR, GRAVE, event="b")]
    one, other = Desk().take(*facts), Desk().take(facts[1]).take(facts[0])
    assert _runs(one)
    assert one.case.clocks == other.case.clocks
    assert one.case.obligations == other.case.obligations


def test_many_reports_are_never_taken_for_no_breach() -> None:
    """With so many that bodies are shed, one of those may have told of a breach."""
    desk = Desk().take(*(report(T0 + timedelta(seconds=n), COMPLAINT) for n in range(199)))
    assert not _runs(desk)
    assert _runs(desk.take(report(T0 + HOUR, COMPLAINT)))
