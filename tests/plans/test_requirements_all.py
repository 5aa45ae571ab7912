"""What all five municipalities' pages oblige to (ALL-1 to ALL-11): a test by that name fails if its behaviour goes."""

import ast
from pathlib import Path

import pytest

from pipeline.cases.entitlement import ROLES
from pipeline.delivery.letters import recipient_instructions
from pipeline.plans.address import Destinations, allowed
from pipeline.plans.display import Secure, ShownChannel, ShownKind, Whose
from pipeline.routing.route import route
from schemas.actions import Outcome
from schemas.reports import BreachReported
from schemas.values import ReporterRole, Role
from tests.cases.scene import Desk, advise, report
from tests.plans.pages import CODES, receipt
from tests.routing.scene import DEPLOY, HOUR, REFERENCE, T0, case, demand, plan, policy, reported

SOURCES = Path(__file__).resolve().parents[2] / "pipeline"


@pytest.mark.parametrize("code", CODES)
def test_ALL_1_a_missing_contact_gives_neutral_words(code: str) -> None:
    """Without any shown contact the text is neutral, and never another municipality's."""
    where = plan(code)
    bare = where.model_copy(update={"display": where.display.model_copy(update={"channels": ()})})
    said = receipt(bare)
    assert "Skriv sikkert til kommunen i Digital Post via borger.dk" in said
    others = [channel.text for other in CODES for channel in plan(other).display.channels if "@" in channel.text]
    assert [text for text in others if text in said] == []


@pytest.mark.parametrize("code", CODES)
def test_ALL_2_secure_channels_come_first_and_insecure_ones_warn(code: str) -> None:
    """Every insecure line carries the warning, and no secure line stands below one."""
    lines = [line for line in receipt(plan(code)).splitlines() if line.startswith("- ")]
    contacts = lines[: len(lines) - len(plan(code).display.channels_for((Whose.DATATILSYNET,)))]
    warned = ["ikke sikker" in line for line in contacts]
    assert warned == sorted(warned)
    assert all("ikke sikker" in line for line in lines if "@" in line and not line.startswith("- Sikker mail"))


@pytest.mark.parametrize("code", CODES)
def test_ALL_3_no_text_asks_for_content(code: str) -> None:
    """The receipt holds reference and time of the case and nothing else of it; instructions ask not to repeat it."""
    said = receipt(plan(code))
    assert REFERENCE in said
    assert "mandag den 23. november 2026 kl. 10.00" in said
    assert "Gengiv ikke indholdet" in recipient_instructions(plan(code)).plain


@pytest.mark.parametrize("role", [ReporterRole.DATA_SUBJECT, ReporterRole.FINDER, ReporterRole.STAFF])
def test_ALL_4_reporter_and_person_concerned_may_differ(role: ReporterRole) -> None:
    """Own data or another's, and nothing known of the person: the report is taken."""
    report = BreachReported.model_validate({"reporter": {"role": str(role)}})
    assert report.circumstances.subjects.groups == ()


def test_ALL_5_quiet_hours_move_no_deadline() -> None:
    """An alert that waited for the morning carries the same deadline as one that did not."""
    night = T0 + 13 * HOUR
    record = case(Outcome.RISK, demands=[demand(due=night)], deadline=night + 72 * HOUR)
    waiting = route(record, None, plan(), policy(), night)
    assert waiting.alerts == ()
    told = route(record, waiting.state, plan(), policy(), T0 + 21 * HOUR)
    assert [alert.deadline_at for alert in told.alerts] == [night + 72 * HOUR]


def test_ALL_5_the_clock_starts_at_receipt_by_any_unit() -> None:
    """At night it starts at night; and where the sender's unit was told first, with that unit."""
    night = T0 + 13 * HOUR
    assert Desk().take(report(night)).deadline() == night + 72 * HOUR
    told_before = report(night, {"received_by_unit_at": (night - 5 * HOUR).isoformat()})
    assert Desk().take(told_before).deadline() == night + 67 * HOUR


def test_ALL_6_advice_and_decision_are_two_acts_by_two_roles() -> None:
    """No role may do both, and neither act settles as the other."""
    assert ROLES["advise"].isdisjoint(ROLES["decide"])
    desk = Desk().take(report(T0)).take(advise(T0 + HOUR))
    assert "decide" in desk.owed()
    assert "advise" not in desk.owed()


@pytest.mark.parametrize("code", CODES)
def test_ALL_6_who_advises_does_not_decide(code: str) -> None:
    """No plan has one person on both sides, and no text says that the DPO decides."""
    where = plan(code)
    advisers = {*where.holders(Role.DPO), *where.holders(Role.DEPUTY)}
    assert advisers.isdisjoint(where.holders(Role.DECISION_MAKER))
    said = (receipt(where) + recipient_instructions(where).plain).lower()
    for claim in ("rådgiveren afgør", "rådgiveren træffer afgørelse", "rådgiveren beslutter"):
        assert claim not in said


@pytest.mark.parametrize("code", CODES)
def test_ALL_7_a_complaint_goes_to_its_unit_and_the_breach_goes_on(code: str) -> None:
    """One message, two matters: a copy without content to the unit, and the breach's own alert."""
    record = case(Outcome.RISK, facts=[reported(["breach", "complaint_decision"])])
    told = route(record, None, plan(code), policy(), T0).alerts
    copies = [alert for alert in told if alert.obligation == "inbound.complaint_decision"]
    assert [alert.recipient for alert in copies] == ["borgerraadgiver" if code == "167" else "sagsbehandling"]
    assert [alert.obligation for alert in told if alert not in copies][:1] == ["acknowledge"]


@pytest.mark.parametrize("code", CODES)
def test_ALL_8_datatilsynet_is_always_open(code: str) -> None:
    """The right to complain at any time is said; contact with the municipality first is at most a wish."""
    said = receipt(plan(code))
    assert "Du kan til enhver tid klage til Datatilsynet" in said
    assert ("kun et ønske og ingen betingelse" in said) == (code in ("707", "161"))


def test_ALL_9_instructions_are_the_municipalitys_own_or_the_default() -> None:
    """Billund has its own, Herning the common ones."""
    assert "Destruér derefter alt" in recipient_instructions(plan("530")).plain
    assert "Hold op med at læse" in recipient_instructions(plan("657")).plain


def test_ALL_10_a_shared_office_sees_each_case_under_its_own_municipality() -> None:
    """Hvidovre and Glostrup have one DPO office: one address, and each alert names its own municipality only."""
    hvidovre, glostrup = plan("167").delivery.people["dpo-kontor"], plan("161").delivery.people["dpo-kontor"]
    assert hvidovre == glostrup
    assert hvidovre.office == "faelles-dpo"
    assert "dpo-kontor" not in plan("657").delivery.people
    for code in ("167", "161"):
        record = case(Outcome.RISK).model_copy(update={"municipality": code})
        told = route(record, None, plan(code), policy(), T0).alerts
        assert {alert.municipality for alert in told if alert.recipient == "dpo-kontor"} == {code}


@pytest.mark.parametrize(
    "address",
    [
        "dpo@herning.invalid",
        "dpo@herning.example.invalid",
        "dpo@herningexample",
        "Ane <dpo@herning.example>",
        "dpo@herning.example\nBcc: x@y.invalid",
        "https://herning.invalid/x?.example",
        "https://sms.example@herning.invalid/",
        "https://herning.invalid\\.example/",
        "ftp://sms.example/",
        "",
    ],
)
def test_ALL_11_only_example_is_deliverable(address: str) -> None:
    """However it is dressed up, no other destination is allowed without the switch."""
    assert not allowed(address, Destinations.EXAMPLE_ONLY)


@pytest.mark.parametrize("address", ["dpo@herning.example", "a.b@x.y.example", "https://sms.by.example:8443/vagt"])
def test_ALL_11_example_is_deliverable(address: str) -> None:
    """The reserved domain is."""
    assert allowed(address, Destinations.EXAMPLE_ONLY)


def test_ALL_11_only_the_letters_read_what_is_shown() -> None:
    """Of delivery, routing and the agents one module alone reads the display block, and it returns texts only."""
    readers = set()
    for folder in (SOURCES / "delivery", SOURCES / "routing", SOURCES / "cases", SOURCES.parent / "agents"):
        for path in folder.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.Attribute) and node.attr == "display" for node in ast.walk(tree)):
                readers.add(path.name)
    assert readers == {"letters.py"}


def test_ALL_11_a_shown_address_is_no_channel() -> None:
    """A display channel has no address field that delivery could use, and nothing of it stands among the people."""
    assert "address" not in ShownChannel.model_fields
    shown = ShownChannel(kind=ShownKind.MAIL, text="post@by.example", secure=Secure.NO)
    assert not hasattr(shown, "address")
    for code in CODES:
        addresses = {c.address for person in plan(code).delivery.people.values() for c in person.channels}
        assert addresses.isdisjoint({channel.text for channel in plan(code).display.channels})
    assert (DEPLOY / "municipalities").is_dir()
