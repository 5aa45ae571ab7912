"""What a POST does: one event as a person's own tool would send it, and an answer that claims no more than is true."""

import json
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.cli.act import event as event_of_the_command
from pipeline.gate.gate import Admitted, admit
from pipeline.web.intake import event
from pipeline.web.links import Claim
from schemas.case import Status
from schemas.receipt import IngressOutcome
from tests.cases import scene as cases
from tests.web.scene import CASEWORKER, DECIDER, DPO, SECURITY, Page, claim, grave, receipt, text_of

RECEIPT_NUMBER = "0123456789abcdef" * 2 + "01234567"


async def test_an_acknowledgement_names_person_and_channel(page: Page) -> None:
    """The event is an act on the case by the link's person over the link's channel, and the page says so."""
    answer = await page.post("acknowledge")
    (sent,) = page.intake.sent
    assert (sent["type"], sent["source"]) == ("dk.brudvagt.act.acknowledge", "/brudvagt/page")
    assert sent["municipality"] == "657"
    assert page.intake.data == {
        "reference": cases.REFERENCE,
        "by": {"role": "dpo", "local_id": "dpo"},
        "channel": "mail",
    }
    assert answer.status_code == 200
    assert "Registreret »Kvittér« er registreret i sagen 20.11.2026 kl. 15.45." in text_of(answer)


@pytest.mark.parametrize(("down", "told"), [(False, "act"), (True, "an act was not acknowledged")])
async def test_the_line_about_an_act_names_the_trace_that_it_begins(page: Page, down: bool, told: str) -> None:
    """With it the act is found again in the lines of the stages, and each press is a trace of its own."""
    page.intake.down = down
    with capture_logs() as lines:
        await page.post("acknowledge")
        await page.post("acknowledge")
    assert [line["event"] for line in lines] == [told, told]
    assert [line["trace_id"] for line in lines] == [trace.trace_id for trace in page.intake.traces]
    assert len({line["trace_id"] for line in lines}) == 2


@pytest.mark.parametrize(
    ("act", "who", "fields", "data"),
    [
        (
            "advise",
            DPO,
            {"notify_authority": "yes", "inform_subjects": "unknown", "advice": "Anmeld i dag."},
            {"notify_authority": "yes", "inform_subjects": "unknown", "advice": "Anmeld i dag."},
        ),
        (
            "decide",
            DECIDER,
            {"notify_authority": "no", "inform_subjects": "no", "not_informing_ground": "not_high_risk", "reason": "x"},
            {"notify_authority": "no", "inform_subjects": "no", "not_informing_ground": "not_high_risk", "reason": "x"},
        ),
        (
            "submit",
            DECIDER,
            {
                "kind": "initial",
                "at": "2026-11-20T16:10",
                "receipt_reference": f" {RECEIPT_NUMBER[:20].upper()} {RECEIPT_NUMBER[20:]} ",
                "authority_case": "2026-441-12345",
                "complete": "no",
                "late_reason": "",
            },
            {
                "kind": "initial",
                "at": "2026-11-20T15:10:00+00:00",
                "receipt_reference": RECEIPT_NUMBER,
                "authority_case": "2026-441-12345",
                "complete": "no",
            },
        ),
        (
            "inform_subjects",
            CASEWORKER,
            {"informed": "yes", "how": "Digital Post"},
            {"informed": "yes", "how": "Digital Post"},
        ),
        (
            "task",
            SECURITY,
            {"task": "recall", "state": "done", "answer": "no", "note": "for sent"},
            {"task": "recall", "state": "done", "answer": "no", "note": "for sent"},
        ),
        (
            "incident",
            SECURITY,
            {"significant": "yes", "filed": "early_warning", "at": "2026-11-20T16:10", "receipt_reference": "NIS 7/A"},
            {
                "significant": "yes",
                "filed": "early_warning",
                "at": "2026-11-20T15:10:00+00:00",
                "receipt_reference": "NIS 7/A",
            },
        ),
        (
            "incident",
            DPO,
            {"significant": "no", "reason": "Tre minutter.", "filed": ""},
            {"significant": "no", "reason": "Tre minutter."},
        ),
        (
            "close",
            DECIDER,
            {"closing": "not_a_breach", "reason": "Prøvedata."},
            {"closing": "not_a_breach", "reason": "Prøvedata."},
        ),
    ],
)
async def test_every_act_passes_the_gate(
    page: Page, act: str, who: Claim, fields: dict[str, str], data: dict[str, str]
) -> None:
    """The event says what was filled in, empty fields left out, and the contract's own gate admits it."""
    assert (await page.post(act, who, **fields)).status_code == 200
    by = {"role": str(who.role), "local_id": who.local_id}
    assert page.intake.data == {"reference": cases.REFERENCE, "by": by, **data}
    admitted = admit(
        json.dumps(page.intake.sent[0]).encode(), [("content-type", b"application/cloudevents+json")], accepts="actions"
    )
    assert isinstance(admitted, Admitted)


def test_the_event_is_the_commands_event() -> None:
    """Same envelope and same data as `brudvagt act` sends; only id and source differ."""
    data = {"by": {"role": "dpo", "local_id": "dpo"}, "channel": None}
    mine = json.loads(event("acknowledge", cases.REFERENCE, "657", data, "f" * 32))  # type: ignore[arg-type]
    theirs = json.loads(event_of_the_command("dk.brudvagt.act.acknowledge", cases.REFERENCE, data))  # type: ignore[arg-type]
    differ = {"id", "source"}
    assert {k: v for k, v in mine.items() if k not in differ} == {k: v for k, v in theirs.items() if k not in differ}


async def test_the_same_form_twice_is_one_act(page: Page) -> None:
    """A second press sends the same id; other content or a fresh form another, so that nothing is swallowed."""
    await page.post("advise", notify_authority="yes")
    await page.post("advise", notify_authority="yes")
    await page.post("advise", notify_authority="no")
    await page.post("advise", notify_authority="yes", form_id="1" * 32)
    first, second, other, fresh = (sent["id"] for sent in page.intake.sent)
    assert first == second
    assert len({first, other, fresh}) == 3


async def test_every_shown_form_has_an_id_of_its_own(page: Page) -> None:
    """Two looks give two ids."""
    ids = {re.findall(r'name="form_id" value="([0-9a-f]{32})"', (await page.get()).text)[0] for _ in range(2)}
    assert len(ids) == 2


async def test_the_person_is_the_links_whatever_the_form_says(page: Page) -> None:
    """Fields that name another person, role, case or time are not read."""
    await page.post(
        "acknowledge", by="decision_maker:direktion", local_id="x", role="operations", reference="1", at="2020"
    )
    assert page.intake.data["by"] == {"role": "dpo", "local_id": "dpo"}
    assert page.intake.data["reference"] == cases.REFERENCE
    assert "at" not in page.intake.data


@pytest.mark.parametrize(
    ("act", "who"),
    [("decide", DPO), ("inform_subjects", DPO), ("advise", DECIDER), ("task", DECIDER), ("submit", SECURITY)],
)
async def test_an_act_of_another_role_is_refused_in_words(page: Page, act: str, who: Claim) -> None:
    """403, nothing is sent, and the page says why."""
    answer = await page.post(
        act, who, notify_authority="yes", informed="yes", task="recall", state="done", kind="initial"
    )
    assert answer.status_code == 403
    assert "Det kan du ikke i din rolle" in text_of(answer)
    assert page.intake.sent == []


async def test_a_link_is_needed_to_act(page: Page) -> None:
    """Without a token, with a changed one, or with one of somebody without the role nothing is sent."""
    for token in ("", "x.y", page.links.token(DPO)[:-1]):
        answer = await page.request("POST", "/sag", data={"token": token, "act": "acknowledge"})
        assert answer.status_code == 403
    assert (await page.post("acknowledge", claim(local_id="borte"))).status_code == 403
    assert page.intake.sent == []


async def test_a_closed_case_takes_no_act(keys: Path) -> None:
    """409 in words, nothing is sent."""
    page = Page(keys, grave().model_copy(update={"status": Status.CLOSED}))
    assert (await page.post("acknowledge")).status_code == 409
    assert page.intake.sent == []


async def test_a_fault_is_shown_at_its_field_and_nothing_is_lost(page: Page) -> None:
    """What was written stands in the form again, escaped; nothing is sent."""
    answer = await page.post(
        "submit",
        kind="initial",
        receipt_reference="12",
        authority_case="'><b>x",
        at="i går",
        late_reason="</textarea><b>",
    )
    said = text_of(answer)
    assert answer.status_code == 422
    assert "Intet er registreret endnu" in said
    assert "Skriv dato og klokkeslæt" in said
    assert page.intake.sent == []
    assert "<b>" not in answer.text
    assert "&lt;/textarea&gt;&lt;b&gt;" in answer.text
    again = await page.post("submit", kind="initial", receipt_reference="12", authority_case="1")
    assert "Nummeret har 40 tegn" in text_of(again)
    assert "Sagsnummeret ser sådan ud" in text_of(again)


async def test_a_required_answer_is_asked_for(page: Page) -> None:
    """A decision without its answer is not sent, nor one with an answer that the form does not have."""
    for fields in ({}, {"notify_authority": "perhaps"}):
        answer = await page.post("decide", DECIDER, **fields)
        assert answer.status_code == 422
    assert (await page.post("close", DECIDER, closing="not_a_breach")).status_code == 422, (
        "without its reason it ends nothing"
    )
    assert page.intake.sent == []


async def test_a_time_that_the_clocks_skipped_is_refused(page: Page) -> None:
    """2026-03-29 02:30 does not exist in Denmark; nobody guesses."""
    answer = await page.post("submit", kind="initial", at="2026-03-29T02:30")
    assert answer.status_code == 422
    assert page.intake.sent == []


@pytest.mark.parametrize(
    ("given", "status", "title"),
    [
        (receipt(), 200, "Registreret "),
        (receipt(IngressOutcome.DUPLICATE), 200, "Registreret i forvejen"),
        (None, 202, "Modtaget, men endnu ikke bekræftet"),
        (receipt(IngressOutcome.REJECTED, "not_entitled"), 409, "Ikke registreret"),
        (receipt(IngressOutcome.REJECTED, "something_new"), 409, "kode: something_new"),
    ],
)
async def test_the_answer_claims_what_the_receipt_says(page: Page, given: object, status: int, title: str) -> None:
    """Registered only with a receipt that says so; kept without one; refused with the reason in Danish."""
    page.intake.answer = given  # type: ignore[assignment]
    answer = await page.post("acknowledge")
    assert answer.status_code == status
    assert title in text_of(answer)
    assert ("er registreret i sagen" in text_of(answer)) == (status == 200 and title == "Registreret ")


async def test_an_unreachable_kafka_claims_nothing(page: Page) -> None:
    """503: not confirmed, try again, and the same form counts once."""
    page.intake.down = True
    answer = await page.post("acknowledge")
    assert answer.status_code == 503
    assert "Det er ikke bekræftet, at noget er registreret" in text_of(answer)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"content": b"x" * 70_000, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 413),
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 415),
        ({"files": {"token": ("a.txt", b"x")}}, 415),
        ({"content": b"&".join(b"a%d=1" % n for n in range(100)),
          "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
    ],
)  # fmt: skip
async def test_what_is_no_form_of_ours_is_refused(page: Page, more: dict[str, object], status: int) -> None:
    """Too large, of another kind, with too many fields: refused before it is read."""
    answer = await page.request("POST", "/sag", **more)
    assert answer.status_code == status
    assert page.intake.sent == []
