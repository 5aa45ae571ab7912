"""What the pages of Hvidovre, Herning and Billund oblige to; the names carry the ids."""

import pytest
from pydantic import ValidationError

from pipeline.cases.entitlement import ROLES
from pipeline.delivery import ready
from pipeline.delivery.letters import recipient_instructions
from pipeline.delivery.templates import wording
from pipeline.delivery.texts import render
from pipeline.plans.display import ReceiverRole, Secure, ShownChannel, ShownKind, Whose
from pipeline.routing.route import route
from schemas.actions import Outcome
from schemas.alert import Level
from schemas.case import ObligationName
from schemas.facts import FactKind
from schemas.reports import BreachReported, MailMisdelivered
from schemas.values import InboundKind, Role
from tests.cases.scene import DPO, Body, Desk, fact, report
from tests.plans.pages import CODES, first_told, inbound, receipt, shown_mail
from tests.routing.scene import HOUR, T0, case, plan, policy, reported
from tests.severity.said import HARMLESS, judged


def test_HVI_1_a_suspected_leak_goes_to_the_dpo() -> None:
    """Own or another's data: the DPO's queue first."""
    assert first_told("167") == ["dpo-kontor"]
    assert plan("167").display.receivers() == ((ReceiverRole.DPO,),)


def test_HVI_2_digital_post_is_recommended_and_the_mailbox_is_insecure() -> None:
    """Digital Post by borger.dk stands first, the mailbox last with its warning."""
    lines = [line for line in receipt(plan("167")).splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- Digital Post, databeskyttelsesrådgiveren: via borger.dk")
    mail = next(line for line in lines if shown_mail("167", Whose.DPO) in line)
    assert "ikke sikker" in mail
    assert lines.index(mail) > 0


@pytest.mark.parametrize("kind", [InboundKind.COMPLAINT_DECISION, InboundKind.COMPLAINT_SERVICE])
def test_HVI_3_complaints_go_to_the_borgerraadgiver(kind: InboundKind) -> None:
    """Not to the DPO."""
    assert inbound("167", kind) == "borgerraadgiver"
    assert "borgerrådgiveren" in receipt(plan("167"))


def test_HVI_4_no_manager_stands_before_the_dpos_advice() -> None:
    """Advice is given by DPO and deputy alone, and the DPO is asked without anybody in between."""
    assert ROLES["advise"] == {Role.DPO, Role.DEPUTY}
    assert first_told("167", ObligationName.ADVISE) == ["dpo-kontor"]


def test_HVI_5_the_dpo_may_have_an_address_elsewhere() -> None:
    """The postal address lies in another municipality."""
    assert "2630 Taastrup" in receipt(plan("167"))


def test_HVI_6_a_case_system_reference_is_carried_and_registration_is_said() -> None:
    """A report may name the case in the case system, and the receipt says that it is stored and open to access."""
    assert "journaliseres og er omfattet af reglerne om aktindsigt" in receipt(plan("167"))
    report = BreachReported.model_validate({"place": {"case_system_reference": "sag-2026-1"}})
    assert report.place.case_system_reference == "sag-2026-1"


def test_HVI_7_pictures_go_to_communications_unless_a_breach_is_told() -> None:
    """The wish goes to the press unit; a breach in the same message keeps its own alert."""
    assert inbound("167", InboundKind.PICTURE_REMOVAL) == "kommunikation"
    record = case(Outcome.RISK, facts=[reported(["breach", "picture_removal"])])
    told = route(record, None, plan("167"), policy(), T0).alerts
    assert {(alert.recipient, alert.obligation) for alert in told} == {
        ("dpo-kontor", "acknowledge"),
        ("kommunikation", "inbound.picture_removal"),
    }


def test_HER_1_doubt_and_leaks_go_to_the_dpo() -> None:
    """The DPO is told first, and named on the page's text."""
    assert first_told("657") == ["dpo"]
    assert plan("657").display.receivers() == ((ReceiverRole.DPO,),)


def test_HER_2_the_dpos_task_and_the_contact_to_the_department_are_timed() -> None:
    """The report opens the DPO's task at its receipt; contacting the department is an act with its own time, and the
    note for it lies ready.
    """
    desk = Desk().take(report(T0))
    task = desk.obligation(ObligationName.ADVISE)
    assert task is not None
    assert (task.role, task.since, task.settled_by) == (Role.DPO, T0, None)
    contacted = fact(FactKind.DEPARTMENT_CONTACTED, T0 + HOUR, {"unit": "jobcenter"}, by=DPO)
    desk.take(contacted)
    assert [one.recorded_at for one in desk.case.facts if one.kind == FactKind.DEPARTMENT_CONTACTED] == [T0 + HOUR]
    note = ready.letter(ready.LetterKind.DEPARTMENT, desk.case, plan("657"))
    assert desk.case.reference in note.subject
    assert "mandag den 23. november 2026 kl. 10.00" in note.plain


def test_HER_3_the_dpo_is_no_complaints_body() -> None:
    """Said in the receipt, with Datatilsynet as the way at any time."""
    said = receipt(plan("657"))
    assert "ikke en klageinstans" in said
    assert "til enhver tid klage til Datatilsynet" in said


def test_HER_4_every_mail_link_warns() -> None:
    """Any ordinary mail address that is added is shown with the warning, and cannot be called secure."""
    where = plan("657")
    mail = ShownChannel(kind=ShownKind.MAIL, text="post@herning.example", secure=Secure.NO)
    shown = where.display.model_copy(update={"channels": (mail, *where.display.channels)})
    line = next(one for one in receipt(where.model_copy(update={"display": shown})).splitlines() if "post@" in one)
    assert "skriv ingen personlige eller følsomme oplysninger" in line
    with pytest.raises(ValidationError, match="aldrig sikker"):
        ShownChannel(kind=ShownKind.MAIL, text="post@herning.example", secure=Secure.YES)


def test_HER_5_the_dpo_is_a_role_not_a_personal_mailbox() -> None:
    """Inside it is a role's mailbox; what is shown names no person and is replaceable text."""
    assert [c.address for c in plan("657").delivery.people["dpo"].channels] == ["dpo@herning.example"]
    assert plan("657").display.dpo.name_optional is None
    assert "@" not in receipt(plan("657"))


@pytest.mark.parametrize(
    "kind",
    [
        InboundKind.ACCESS_REQUEST,
        InboundKind.DOCUMENT_ACCESS,
        InboundKind.CORRECTION_REQUEST,
        InboundKind.ERASURE_REQUEST,
    ],
)
def test_HER_6_rights_requests_are_told_apart(kind: InboundKind) -> None:
    """Insight, documents, correction and deletion: each by its own name to the department, none taken for a breach."""
    body: Body = {"concerns": [str(kind)], "circumstances": {"description": "Se min anmodning."}}
    desk = Desk().take(report(T0, body))
    (told, seen) = route(desk.record, None, plan("657"), policy(), T0).alerts
    assert (told.recipient, told.obligation, told.level) == ("sagsbehandling", f"inbound.{kind}", Level.INFO)
    assert (seen.recipient, seen.level) == ("dpo", Level.DIGEST)
    assert BreachReported.model_validate(body).concerns == (kind,)
    said = render(told, plan("657"), T0).subject
    others = [other for other in InboundKind if other is not kind]
    assert str(wording("da").phrases["inbound"][kind]) in said
    assert all(str(wording("da").phrases["inbound"].get(other, "–")) not in said for other in others)


def test_HER_6_a_correction_is_a_note() -> None:
    """The receipt says that wrong facts are corrected by a note and seldom deleted."""
    assert "rettes med et notat; de slettes sjældent" in receipt(plan("657"))


@pytest.mark.parametrize("code", CODES)
def test_HER_7_texts_say_mitid(code: str) -> None:
    """The retired NemID stands in no text."""
    said = receipt(plan(code)) + recipient_instructions(plan(code)).plain + plan(code).model_dump_json()
    assert "nemid" not in said.lower()
    assert "MitID" in plan("657").model_dump_json()


def test_HER_8_photos_go_to_communications() -> None:
    """Questions on photos and the municipality's own pages."""
    assert inbound("657", InboundKind.PICTURE_REMOVAL) == "kommunikation"


def test_BIL_1_two_equal_receivers() -> None:
    """The sender on the letter or the DPO, side by side."""
    assert plan("530").display.receivers() == ((ReceiverRole.SENDER_UNIT, ReceiverRole.DPO),)
    said = recipient_instructions(plan("530")).plain
    assert "afsenderen (enheden, der står på brevet) eller databeskyttelsesrådgiveren" in said


def test_BIL_2_instructions_in_the_pages_order() -> None:
    """Tell at once, destroy everything, keep no copy, pass nothing on."""
    for language, parts in (
        ("da", ("1. Giv straks besked", "2. Destruér", "3. Behold ingen kopi", "4. Giv ikke", "kort bekræftelse")),
        ("en", ("1. Tell the sender", "2. Then destroy", "3. Keep no copy", "4. Do not pass", "short confirmation")),
    ):
        said = recipient_instructions(plan("530"), language).plain
        order = [said.index(part) for part in parts]
        assert order == sorted(order)


@pytest.mark.parametrize("language", ["da", "en"])
def test_BIL_3_destroy_and_never_return(language: str) -> None:
    """No text få brevet tilbage, in either language, and a step that does is refused at load."""
    said = recipient_instructions(plan("530"), language).plain.lower()
    assert ("destruér" if language == "da" else "destroy") in said
    for word in ("returner", "aflever", "send det tilbage", "return", "hand in"):
        assert word not in said
    text = plan("530").display.misdelivery_text
    with pytest.raises(ValidationError, match="få brevet tilbage"):
        type(text).model_validate({"action": "destroy", "own_steps": ["Aflevér brevet på rådhuset"]})


@pytest.mark.parametrize("task", [ObligationName.RECALL, ObligationName.PROTECTED_ADDRESS_CHECK])
def test_BIL_4_first_hour_tasks_reach_the_caseworker_and_the_finder_is_asked_for_no_content(
    task: ObligationName,
) -> None:
    """Recall and address check are brought to who can do them; the finder gives sender, date, kind and reference."""
    assert first_told("530", task, Role.CASEWORKER) == ["sagsbehandling"]
    said = recipient_instructions(plan("530")).plain
    assert "Oplys gerne afsender, dato, brevets art og et eventuelt journalnummer. Gengiv ikke indholdet." in said


def test_BIL_4_the_tasks_open_with_the_report_and_the_letter_is_named_without_its_content() -> None:
    """At the report's own time, the address check first since nothing comes back; sender, date and kind have a field."""
    letter = {"sender_unit": "borgerservice", "letter_type": "afgørelse", "sent_at": "2026-11-20T08:00:00+01:00"}
    told = fact(FactKind.MISDELIVERY_RECEIVED, T0, {"letter": dict(letter)}, case_id="530-00000-00000-0")
    desk = Desk().take(told)
    tasks = (ObligationName.PROTECTED_ADDRESS_CHECK, ObligationName.RECALL)
    opened = [desk.obligation(task) for task in tasks]
    assert [one and (one.since, one.settled_by) for one in opened] == [(T0, None)] * 2
    assert [one for one in desk.owed() if one in tasks] == list(tasks)
    assert MailMisdelivered.model_validate({"letter": letter}).letter.letter_type == "afgørelse"
    with pytest.raises(ValidationError, match="content"):
        MailMisdelivered.model_validate({"letter": letter | {"content": "Kære"}})


def test_BIL_5_secrecy_of_letters_politely() -> None:
    """Penal law and constitution, with the reason, without threat."""
    said = recipient_instructions(plan("530")).plain
    for part in ("straffeloven", "grundlovens", "Vi beder om det, fordi det beskytter både dig og"):
        assert part in said
    for threat in ("straffes", "bøde", "fængsel", "skal du", "kræver"):
        assert threat not in said


def test_BIL_6_case_information_is_confidential_by_default() -> None:
    """A mere name in a letter to somebody who knows the person: a risk in Billund (R8), elsewhere not."""
    known = report(T0, {"circumstances": HARMLESS | {"recipient": {"kind": "citizen", "relation": "knows_person"}}})
    assert judged(known, municipality="530").outcome is Outcome.RISK
    assert judged(known, municipality="657").outcome is Outcome.UNLIKELY_RISK


def test_BIL_7_works_without_any_dpo_contact() -> None:
    """No address, no number of the DPO: texts are made and say where to turn."""
    assert plan("530").display.channels == ()
    assert "Skriv sikkert til kommunen i Digital Post via borger.dk" in receipt(plan("530"))


def test_BIL_8_casework_stays_with_the_department() -> None:
    """Complaints about decisions go to the department, and the text says so."""
    assert inbound("530", InboundKind.COMPLAINT_DECISION) == "sagsbehandling"
    assert "det gør den afdeling, der har sagen" in receipt(plan("530"))
