"""What a GET shows, to whom; and that it does nothing else."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import structlog.testing
from prometheus_client import REGISTRY

from pipeline.web.links import Claim
from schemas.case import Status
from schemas.values import Role
from tests.cases import scene as cases
from tests.cases.test_incident import OUTAGE, incident
from tests.routing.scene import T0 as MONDAY
from tests.routing.scene import absent
from tests.web.scene import (
    CASEWORKER,
    DECIDER,
    DPO,
    HOUR,
    SECURITY,
    T0,
    Page,
    claim,
    clock_at,
    forms_of,
    grave,
    plans,
    text_of,
)


async def test_the_page_says_where_the_case_stands_and_what_is_asked(page: Page) -> None:
    """Reference, municipality, level, risk, the deadline in Danish with the hours left, the act that waits."""
    answer = await page.get()
    said = text_of(answer)
    assert answer.status_code == 200
    assert f"Sag {cases.REFERENCE}" in said
    assert "Herning Kommune. Du handler som databeskyttelsesrådgiver." in said
    assert "Niveau HASTER" in said
    assert "Høj risiko for de berørte" in said
    assert "mandag den 23. november 2026 kl. 15.45 71 t tilbage" in said
    assert "Giv ledelsen dit råd" in said


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_is_not_acting(page: Page, method: str) -> None:
    """A link scanner opens the link as often as it likes, with any query: nothing is sent."""
    path = f"/sag/{page.links.token(DPO)}"
    for query in ("", "?act=acknowledge", f"?token={page.links.token(DPO)}&act=acknowledge&form_id={'0' * 32}"):
        assert (await page.request(method, path + query)).status_code == 200
    assert (await page.request("GET", "/sag?act=acknowledge")).status_code == 405
    assert (await page.request("POST", path, data={"act": "acknowledge"})).status_code == 405
    assert page.intake.sent == []


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        (DPO, {"acknowledge", "advise", "submit", "incident", "task"}),
        (claim(Role.DEPUTY, "dpo-vikar-1"), {"acknowledge", "advise", "submit", "incident", "task"}),
        (DECIDER, {"acknowledge", "decide", "submit", "incident", "inform_subjects", "close"}),
        (CASEWORKER, {"acknowledge", "inform_subjects", "task"}),
        (SECURITY, {"acknowledge", "incident", "task"}),
        (claim(Role.DUTY_MANAGEMENT, "ledelsesvagt"), {"acknowledge"}),
    ],
)
async def test_each_role_is_offered_its_own_acts(page: Page, who: Claim, offered: set[str]) -> None:
    """The DPO advises, the decision maker decides; no role finds another's form."""
    assert set(forms_of(await page.get(who))) == offered


async def test_who_advises_is_not_offered_to_decide(page: Page) -> None:
    """The same person in both roles finds no form for the decision (GDPR Art. 38(6))."""
    roles = {**page.plans["657"].delivery.roles, Role.DECISION_MAKER: ("dpo",)}
    delivery = page.plans["657"].delivery.model_copy(update={"roles": roles})
    page.plans["657"] = page.plans["657"].model_copy(update={"delivery": delivery})
    assert "decide" not in forms_of(await page.get(claim(Role.DECISION_MAKER, "dpo")))


async def test_behind_a_proxy_with_a_path_the_form_finds_its_way(keys: Path) -> None:
    """Form and way back begin with the path that people see; the proxy takes it off."""
    page = Page(keys, base_url="https://kommunen.example/brudvagt")
    assert page.links.mint(DPO).startswith("https://kommunen.example/brudvagt/sag/")
    assert set(re.findall(r'action="([^"]+)"', (await page.get()).text)) == {"/brudvagt/sag"}
    assert f'href="/brudvagt/sag/{page.links.token(DPO)}"' in (await page.post("acknowledge")).text
    assert set(re.findall(r'action="([^"]+)"', (await Page(keys).get()).text)) == {"/sag"}


async def test_what_is_asked_comes_first(keys: Path) -> None:
    """After the DPO's acknowledgement the advice stands on top."""
    page = Page(keys, grave(cases.acknowledge(T0 + HOUR / 2)))
    assert forms_of(await page.get())[0] == "advise"
    assert "Kvittér for, at du har set sagen" not in text_of(await page.get())


async def test_tasks_vanish_when_they_are_answered(keys: Path) -> None:
    """Without an open first-hour task there is no form for one."""
    page = Page(keys, cases.Desk().take(cases.report(body=cases.HARMLESS)).case)
    assert "task" not in forms_of(await page.get(CASEWORKER))


async def test_an_overdue_deadline_is_said(keys: Path) -> None:
    """Three hours after the deadline the page says so."""
    page = Page(keys, at=cases.DEADLINE + 3 * HOUR)
    assert "fristen er overskredet med 3 t" in text_of(await page.get())


async def test_a_decided_case_has_no_deadline_running(keys: Path) -> None:
    """A reasoned no stops the clock, and the page says that none runs."""
    page = Page(keys, grave(cases.decide(T0 + HOUR / 2, "no", reason="ingen risiko")))
    assert "Der løber ingen frist" in text_of(await page.get())


async def test_each_clock_has_its_own_deadline(keys: Path) -> None:
    """Of an outage: 72 hours towards Datatilsynet and 24 under NIS 2 (Art. 23(4)(a)), each under its name."""
    outage = cases.Desk().take(cases.report(body=OUTAGE))
    said = text_of(await Page(keys, outage.case).get(SECURITY))
    assert "Frist til Datatilsynet mandag den 23. november 2026 kl. 15.45 71 t tilbage" in said
    assert "Frist efter NIS 2-loven lørdag den 21. november 2026 kl. 15.45 23 t tilbage" in said
    assert forms_of(await Page(keys, outage.case).get(SECURITY))[:2] == ["acknowledge", "incident"]


async def test_a_filed_notification_leaves_the_last_report(keys: Path) -> None:
    """The NIS 2 clock has stopped; the report a month later is shown with its date, Datatilsynet's deadline runs on."""
    filed = T0 + HOUR / 2
    desk = cases.Desk().take(cases.report(body=OUTAGE)).take(incident(filed, filed="notification"))
    said = text_of(await Page(keys, desk.case, at=T0 + HOUR).get(SECURITY))
    assert "Frist til Datatilsynet mandag den 23. november 2026 kl. 15.45" in said
    assert "Frist efter NIS 2-loven Der løber ingen frist" in said
    assert "Frist for den endelige rapport efter NIS 2-loven søndag den 20. december 2026 kl. 16.15" in said


async def test_nothing_about_a_person_is_shown(keys: Path) -> None:
    """No free text of the report, no local id, no address of anyone, not the correlation."""
    told = {**cases.GRAVE, "circumstances": {**dict(cases.GRAVE["circumstances"]), "description": "Naboen Mix 010190"}}  # type: ignore[arg-type]
    page = Page(keys, cases.Desk().take(cases.misdelivery(body=told)).case)
    for who in (DPO, DECIDER, CASEWORKER):
        shown = re.sub(r'name="token" value="[^"]+"', "", (await page.get(who)).text)
        for secret in ("Naboen", "Mix", "010190", "@", "dpo-vikar", "direktion", "93 59", cases.CORRELATION):
            assert secret not in shown


async def test_an_expired_link_is_said_in_words(page: Page) -> None:
    """410, what to do instead, no form."""
    token = page.links.token(DPO)
    later = Page(page.links.keys_file, at=T0 + timedelta(days=8))
    answer = await later.request("GET", f"/sag/{token}")
    assert (answer.status_code, forms_of(answer)) == (410, [])
    assert "Linket er udløbet" in text_of(answer)
    assert "Brug linket i den seneste besked" in text_of(answer)


async def test_a_tampered_link_is_said_in_words(page: Page) -> None:
    """403 and nothing of the case."""
    answer = await page.request("GET", f"/sag/{page.links.token(DPO)}x")
    assert answer.status_code == 403
    assert "Linket kan ikke bruges" in text_of(answer)
    assert cases.REFERENCE not in answer.text


async def test_somebody_without_the_role_sees_nothing_of_the_case(page: Page) -> None:
    """Who has left the plan since the alert is told so; a role that another holds does not help."""
    for who in (claim(Role.DPO, "dpo-vikar-1"), claim(Role.DPO, "borte"), claim(Role.DECISION_MAKER, "dpo")):
        answer = await page.get(who)
        assert (answer.status_code, forms_of(answer)) == (403, [])
        assert "ikke har den rolle" in text_of(answer)
        assert cases.REFERENCE not in answer.text


async def test_a_substitute_may_act_while_standing_in(keys: Path) -> None:
    """The role is looked up at the shown time: until the period ends, not after."""
    ends, stands_in = MONDAY + 2 * HOUR, claim(Role.DPO, "dpo-vikar-2")
    herning = absent(plans()["657"], "dpo", "dpo-vikar-2", ends)
    for at, status in ((ends - HOUR, 200), (ends, 403)):
        page = Page(keys, at=at)
        page.plans["657"] = herning
        assert (await page.get(stands_in)).status_code == status


async def test_closed_absorbed_and_unknown_cases_are_said_in_words(keys: Path) -> None:
    """Each with its own sentence, and no form."""
    closed = grave().model_copy(update={"status": Status.CLOSED})
    absorbed = grave().model_copy(update={"status": Status.ABSORBED, "absorbed_by": cases.OTHER})
    for record, status, words in (
        (closed, 409, "Sagen er lukket"),
        (closed, 409, "så åbner sagen igen"),
        (absorbed, 409, f"Arbejdet fortsætter i sag {cases.OTHER}"),
    ):
        answer = await Page(keys, record).get()
        assert (answer.status_code, forms_of(answer)) == (status, [])
        assert words in text_of(answer)
    answer = await Page(keys).get(claim(reference=cases.OTHER))
    assert answer.status_code == 404
    assert "Sagen findes ikke" in text_of(answer)


async def test_without_kafka_nothing_is_said_of_the_case(page: Page) -> None:
    """503, in words, and no form that could not be answered."""
    page.cases.down = True
    answer = await page.get()
    assert (answer.status_code, forms_of(answer)) == (503, [])
    assert "Sagen kan ikke vises lige nu" in text_of(answer)


async def test_broken_keys_are_a_page_and_not_a_trace(page: Page) -> None:
    """503 in Danish; nothing of the file."""
    token = page.links.token(DPO)
    page.links.keys_file.write_text("kort")
    answer = await page.request("GET", f"/sag/{token}")
    assert answer.status_code == 503
    assert "link.keys" not in answer.text


async def test_the_phone_gets_one_page_without_script_or_cookie(page: Page) -> None:
    """No script, nothing fetched from elsewhere, a viewport, no cookie."""
    answer = await page.get()
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href)="([^"]+)"', answer.text) == []
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"), [("/sag/x", 403), ("/", 404), ("/docs", 404), ("/openapi.json", 404), ("/healthz", 200)]
)
async def test_every_answer_is_guarded_by_headers(page: Page, path: str, status: int) -> None:
    """No frame, no cache, no referrer, no script: on refusals and unknown paths as well."""
    answer = await page.request("GET", path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_fault_of_ours_is_a_guarded_page(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 in Danish with the same headers, and nothing of the fault."""

    async def fails(reference: str) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(page.cases.__class__, "case", staticmethod(fails))
    answer = await page.get()
    assert answer.status_code == 500
    assert "Siden virker ikke lige nu" in text_of(answer)
    assert "secret" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_standing_clock_shows_its_time() -> None:
    """The scene's clock is the time it was given, to the second."""
    assert abs(clock_at(T0).now() - T0.timestamp()) < 1


@pytest.mark.parametrize("act", [None, "acknowledge"])
async def test_a_case_of_a_newer_brudvagt_is_refused_in_words(page: Page, act: str | None) -> None:
    """No fault of the page: it says what is wrong, that nothing is registered, and where help is; the log has every word."""
    page.cases.newer = True
    with structlog.testing.capture_logs() as lines:
        answer = await (page.get() if act is None else page.post(act))
    assert answer.status_code == 503
    said = text_of(answer)
    assert "skrevet af en nyere version af Brudvagt" in said
    assert "Intet er registreret." in said
    assert "ring til kommunens ledelsesvagt" in said
    assert page.intake.sent == []
    (line,) = lines
    assert line["log_level"] == "error"
    assert f"the row of {cases.REFERENCE} has schema version 2027-03-01" in line["reason"]


async def test_every_answer_is_counted_by_what_was_asked(page: Page) -> None:
    """A look, an act, a scanner's guess; a fault of ours is one too, and a probe is none."""

    def counted(asked: str, status: str) -> float:
        labels = {"kind": asked, "status": status}
        return REGISTRY.get_sample_value("brudvagt_page_answers_total", labels) or 0.0

    every = [(asked, status) for asked in ("look", "act", "other") for status in ("2xx", "4xx", "5xx")]
    before = {one: counted(*one) for one in every}
    await page.get()
    await page.post("acknowledge")
    await page.request("GET", "/wp-login.php")
    await page.request("GET", "/healthz")
    page.cases.down = True
    await page.get()
    page.plans.clear()  # an installation without 000 cannot be: a fault of ours
    await page.get()
    found = {one: counted(*one) - before[one] for one in every if counted(*one) != before[one]}
    assert found == {("look", "2xx"): 1, ("act", "2xx"): 1, ("other", "4xx"): 1, ("look", "5xx"): 2}
