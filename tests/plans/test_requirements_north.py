"""What the pages of Norddjurs and Glostrup oblige to; the names carry the ids."""

import pytest
from pydantic import JsonValue, ValidationError

from pipeline.cases.entitlement import ROLES
from pipeline.delivery import ready
from pipeline.delivery.letters import recipient_instructions, reporter_receipt
from pipeline.plans.display import ReceiverRole, ShownKind, Whose
from pipeline.routing.route import route
from schemas.actions import Forward, Outcome, RequestInfo
from schemas.facts import FactKind
from schemas.reports import BreachReported
from schemas.values import InboundKind, ReporterRole, Role
from tests.cases.scene import DPO, Body, Desk, fact, report
from tests.plans.pages import first_told, inbound, receipt, shown_mail
from tests.routing.scene import HOUR, REFERENCE, T0, plan, policy
from tests.severity.said import HARMLESS, judged


def test_NOR_1_a_form_with_attachments_and_without_the_login() -> None:
    """Free text and attachments are taken; a login identity has no field and is refused."""
    report = {"circumstances": {"description": "En liste lå åben."}, "report_channel": "self_service_form"}
    assert BreachReported.model_validate(report).circumstances.description
    with pytest.raises(ValidationError, match="extra"):
        BreachReported.model_validate(report | {"login": "mitid-1"})


def test_NOR_2_attachments_are_hash_and_pointer() -> None:
    """The file itself cannot be put into the event."""
    pointer = {"sha256": "a" * 64, "bytes": 12, "media_type": "application/pdf", "pointer": "lager-1"}
    assert BreachReported.model_validate({"attachments": [pointer]}).attachments[0].pointer == "lager-1"
    with pytest.raises(ValidationError, match="content"):
        BreachReported.model_validate({"attachments": [pointer | {"content": "JVBERi0="}]})


@pytest.mark.parametrize("channel", ["phone", "email"])
def test_NOR_3_staff_enter_calls_and_mails_with_the_time_of_receipt(channel: str) -> None:
    """Channel and time of first receipt are part of the report."""
    report = BreachReported.model_validate(
        {"report_channel": channel, "received_by_unit_at": "2026-11-23T09:15:00+01:00", "reporter": {"role": "staff"}}
    )
    assert report.received_by_unit_at is not None
    assert report.received_by_unit_at.hour == 8


def test_NOR_4_the_mailbox_is_insecure_and_better_ways_stand_first() -> None:
    """Form, secure mailbox and phone before the DPO's mailbox, which carries the warning."""
    lines = [line for line in receipt(plan("707")).splitlines() if line.startswith("- ")]
    mailbox = next(n for n, line in enumerate(lines) if shown_mail("707", Whose.DPO) in line)
    assert "ikke sikker" in lines[mailbox]
    for better in ("selvbetjening.dk", "Sikker mail", "89 59 15 23"):
        assert next(n for n, line in enumerate(lines) if better in line) < mailbox


def test_NOR_5_follow_up_without_a_promise() -> None:
    """As soon as possible, may ask for more, or says that it cannot be handled; no number of days."""
    follow_up = plan("707").display.follow_up_text or ""
    assert "så hurtigt som muligt" in receipt(plan("707"))
    assert follow_up in receipt(plan("707"))
    assert not any(sign.isdigit() for sign in follow_up)
    assert {"question", "of"} <= set(RequestInfo.model_fields)
    assert {"to", "reason"} <= set(Forward.model_fields)


def test_NOR_6_concrete_cases_go_to_the_caseworker() -> None:
    """And what belongs elsewhere is passed on."""
    for kind in (InboundKind.WRONG_DEPARTMENT, InboundKind.WRONG_AUTHORITY, InboundKind.COMPLAINT_DECISION):
        assert inbound("707", kind) == "sagsbehandling"


def test_NOR_7_a_stalled_rights_request_has_its_own_route() -> None:
    """To the DPO, as an inbound matter and not as an alert about a breach."""
    stalled: Body = {"concerns": ["rights_request_stalled"], "circumstances": {"description": "Jeg har intet hørt."}}
    told = route(Desk().take(report(T0, stalled)).record, None, plan("707"), policy(), T0).alerts
    assert [(alert.recipient, alert.obligation) for alert in told] == [("dpo", "inbound.rights_request_stalled")]


def test_NOR_8_opening_hours_are_shown_beside_the_phone() -> None:
    """For the phone; the deadline knows nothing of them (see ALL-5)."""
    line = next(one for one in receipt(plan("707")).splitlines() if "89 59 15 23" in one)
    assert "inden for kommunens almindelige åbningstid" in line


def test_NOR_9_complaint_is_a_right_and_municipality_first_a_wish() -> None:
    """Both are said, in that order."""
    said = receipt(plan("707"))
    right, wish = said.index("Du kan til enhver tid klage"), said.index("kun et ønske og ingen betingelse")
    assert right < wish


def test_NOR_10_no_machine_may_act() -> None:
    """No act about a case is open to the machine or the sender: people decide."""
    assert all(Role.MACHINE not in roles and Role.SENDER not in roles for roles in ROLES.values())


def test_GLO_1_the_municipalitys_own_intake_first_and_the_dpo_beside_it() -> None:
    """The first step tells both; the page's text names the municipality first."""
    assert first_told("161") == ["sagsbehandling", "dpo-kontor"]
    assert plan("161").display.receivers() == ((ReceiverRole.MUNICIPALITY,), (ReceiverRole.DPO,))


def test_GLO_2_the_jobcentres_secure_mailbox_is_shown_there_only() -> None:
    """Digital Post first everywhere, the DPO's mailbox insecure, the jobcentre's mailbox in its own area alone."""
    everywhere, jobcentre = receipt(plan("161")), receipt(plan("161"), "jobcentre")
    (scoped,) = [one for one in plan("161").display.channels if one.kind is ShownKind.SECURE_MAIL]
    assert scoped.scope == "jobcentre"
    assert scoped.text in jobcentre
    assert scoped.text not in everywhere + receipt(plan("161"), "school")
    lines = [line for line in everywhere.splitlines() if line.startswith("- ")]
    assert "via borger.dk" in lines[0]
    assert "ikke sikker" in next(line for line in lines if shown_mail("161", Whose.DPO) in line)


def test_GLO_4_the_person_affected_is_told_what_is_passed_on() -> None:
    """The notice to a person affected says so in Glostrup, from the page's own sentence, and not where no page does."""
    sentence = "videregiver kommunen til Datatilsynet de oplysninger, som direkte vedrører bruddet"
    case_there = Desk().take(report(T0)).case
    for code, said in (("161", True), ("657", False)):
        notice = ready.letter(ready.LetterKind.SUBJECTS, case_there, plan(code)).plain
        assert (sentence in notice) is said


@pytest.mark.parametrize("role", [ReporterRole.DATA_SUBJECT, ReporterRole.REPRESENTATIVE, ReporterRole.CUSTODY_HOLDER])
def test_GLO_5_parties_representatives_and_custody_holders(role: ReporterRole) -> None:
    """Each can be told apart as the reporter."""
    assert BreachReported.model_validate({"reporter": {"role": str(role)}}).reporter.role is role


def test_GLO_6_data_kinds_of_jobcentre_cases_are_assumed_until_shown_otherwise() -> None:
    """With the data unnamed a jobcentre case is judged as if CPR, health and social data were involved."""
    place: Body = {"place": {"area": "jobcentre"}}
    terse, shown = report(T0, place), report(T0, place | {"circumstances": HARMLESS})
    assert judged(terse, municipality="161").outcome is Outcome.HIGH_RISK
    assert judged(terse, municipality="657").outcome is Outcome.RISK
    assert judged(shown, municipality="161").outcome is Outcome.UNLIKELY_RISK


def test_GLO_7_complaints_requests_and_later_steps_stand_on_the_same_case() -> None:
    """A breach, then an access request and a complaint under the same correlation, then an act: one case holds all, each
    with its time, and the unit's copy names that case.
    """
    told: tuple[list[JsonValue], ...] = (["breach"], ["access_request"], ["complaint_decision"])
    desk = Desk()
    for hours, concerns in enumerate(told):
        desk.take(report(T0 + hours * HOUR, {"concerns": concerns}))
    desk.take(fact(FactKind.CASE_FORWARDED, T0 + 5 * HOUR, {"to": "jobcenter"}, by=DPO))
    steps = [one for one in desk.case.facts if one.kind != FactKind.RUNG_REACHED]
    assert [one.body.get("concerns") for one in steps] == [*told, None]
    assert [one.recorded_at for one in steps] == [T0, T0 + HOUR, T0 + 2 * HOUR, T0 + 5 * HOUR]
    copies = [one for one in route(desk.record, None, plan("161"), policy(), T0 + 5 * HOUR).alerts if not one.rung]
    assert {(one.obligation, one.reference) for one in copies} == {
        ("inbound.access_request", desk.case.reference),
        ("inbound.complaint_decision", desk.case.reference),
    }


def test_GLO_8_the_dpo_may_sit_in_another_mail_domain() -> None:
    """Shown and delivered to elsewhere than the municipality."""
    (channel,) = plan("161").delivery.people["dpo-kontor"].channels
    assert channel.address.endswith("@faelles-dpo.example")
    own = next(one.text for one in plan("161").display.channels if one.kind is ShownKind.SECURE_MAIL)
    assert shown_mail("161", Whose.DPO).partition("@")[2] != own.partition("@")[2]


def test_GLO_9_the_municipality_is_controller() -> None:
    """No text calls it a processor."""
    where = plan("161")
    said = receipt(where) + recipient_instructions(where).plain + where.model_dump_json()
    assert "databehandler" not in said.lower()


def test_GLO_10_datatilsynets_ways_with_the_advice_to_write_securely() -> None:
    """Phone, mail and Digital Post, and the mail with its warning."""
    said = reporter_receipt(plan("161"), REFERENCE, T0).plain
    for part in ("33 19 32 00", "@datatilsynet.dk; skriv sikkert", "Digital Post, Datatilsynet: via borger.dk"):
        assert part in said
