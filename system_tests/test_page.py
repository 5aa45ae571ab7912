"""The page in a real Chromium without scripts, before a running pipeline: from the link to the fact in the case."""

import re
from pathlib import Path

from schemas.values import Role
from system_tests.browser import PHONE, Browser, browser
from system_tests.serving import page
from tests.agents.events import case, report
from tests.agents.mails import read_mail
from tests.agents.running import Running
from tests.agents.watch import Watch

RECEIPT = "0123456789abcdef" * 2 + "01234567"


async def words(tab: Browser) -> str:
    """Returns what stands on the page, without tags and style sheet."""
    body = re.sub(r"<style>.*?</style>", "", await tab.html(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def linked(running: Running, reference: str) -> str:
    """Returns the token of the link in the mail to Herning's DPO about a case."""
    texts = (text for mail, text in map(read_mail, running.mails) if mail["To"] == "dpo@herning.example")
    found = (
        re.search(r"^https://brudvagt\.example/sag/(\S+)$", text, re.MULTILINE) for text in texts if reference in text
    )
    return next(one[1] for one in found if one is not None)


async def test_from_the_link_to_the_fact(running: Running, tmp_path: Path) -> None:
    """By the link in the mail the DPO acknowledges and advises; the decision maker decides and files: each stands in the
    case when the page says so.
    """
    ref = case("by-browser")
    async with Watch(running) as watch:
        (position,) = await running.report(report("by-browser"))
        await watch.answers(position)
        with page(running) as served:
            async with browser(tmp_path / "dpo") as tab:
                await watch.until(lambda: "dpo" in {one.alert.recipient for one in watch.sent(ref)})
                link = f"{served.url}/sag/{linked(running, ref)}"
                await tab.open(link)
                assert f"Sag {ref}" in await words(tab)
                assert "tilbage" in await words(tab)
                assert await tab.width() <= float(str(PHONE["width"]))
                await tab.picture(tmp_path / "page.png")
                await tab.follow("#acknowledge button")
                assert "Registreret" in await words(tab)
                await watch.until(lambda: watch.cases[ref].acknowledged_by == ("dpo",))
                await tab.follow("main a")
                await tab.click("#advise input[name=notify_authority][value=yes]")
                await tab.write("#advise textarea", "Anmeld i dag; æøå <b>.")
                await tab.follow("#advise button")
                assert "»Giv dit råd« er registreret" in await words(tab)
                assert tab.complaints == []
            async with browser(tmp_path / "decides") as tab:
                await tab.open(served.link(ref, Role.DECISION_MAKER, "direktion"))
                await tab.click("#decide input[name=notify_authority][value=yes]")
                await tab.follow("#decide button")
                assert "»Beslut« er registreret" in await words(tab)
                await tab.follow("main a")
                await tab.write("#submit input[name=receipt_reference]", RECEIPT.upper())
                await tab.write("#submit input[name=authority_case]", "2026-441-12345")
                await tab.follow("#submit button")
                assert "»Registrér anmeldelsen« er registreret" in await words(tab)
                assert tab.complaints == []
            log = served.log.read_text()
        await watch.until(lambda: {"dpo.advised", "notification.submitted"} <= {f.kind for f in watch.cases[ref].facts})
        advice = next(fact for fact in watch.cases[ref].facts if fact.kind == "dpo.advised")
        everything = [part for one in watch.everything for part in (one.key, one.value) if part is not None]
    filed = next(fact for fact in watch.cases[ref].facts if fact.kind == "notification.submitted")
    assert (filed.body["receipt_reference"], filed.body["authority_case"]) == (RECEIPT, "2026-441-12345")
    assert filed.by.local_id == "direktion"
    assert advice.body["advice"] == "Anmeld i dag; æøå <b>."
    assert (advice.by.role, advice.by.local_id) == (Role.DPO, "dpo")
    token = link.rpartition("/")[2]
    assert '"act": "advise"' in log
    assert token not in log
    assert token not in running.logs
    assert not any(token.encode() in part for part in everything)


async def test_a_required_answer_is_held_back_by_the_browser(running: Running, tmp_path: Path) -> None:
    """Pressing the button of an empty decision stays on the page; a link without right shows no case."""
    ref = case("held-back")
    async with Watch(running) as watch:
        (position,) = await running.report(report("held-back"))
        await watch.answers(position)
    with page(running) as served:
        async with browser(tmp_path / "profile") as tab:
            await tab.open(served.link(ref, Role.DECISION_MAKER, "direktion"))
            await tab.click("#decide button")
            assert f"Sag {ref}" in await words(tab)
            await tab.open(served.link(ref, Role.DECISION_MAKER, "dpo"))
            assert "Du kan ikke handle i sagen" in await words(tab)
            assert ref not in await words(tab)
