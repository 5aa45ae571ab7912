"""Who is asked to close a case on the page, who may, and with which words."""

from datetime import timedelta
from pathlib import Path

from tests.cases import scene as cases
from tests.cases.test_incident import OUTAGE
from tests.web.scene import (
    DECIDER,
    HOUR,
    T0,
    Page,
    forms_of,
    text_of,
)


async def test_a_case_on_which_nothing_is_owed_asks_to_be_closed(keys: Path) -> None:
    """The DPO is asked; the decision maker may, and alone may say that it was no breach."""
    settled = cases.Desk().take(cases.report(), cases.decide(T0 + HOUR / 2, "no", reason="ingen risiko")).case
    page = Page(keys, settled)
    asked = await page.get()
    assert forms_of(asked)[0] == "close"
    assert "Kvittér for, at" not in text_of(asked), "no alarm rings that an acknowledgement could stop"
    assert "Det skal du gøre nu" in text_of(asked)
    assert "Luk den; dens opbevaringstid begynder først da." in text_of(asked)
    assert "Det var ikke et brud" not in text_of(asked)
    may = await page.get(DECIDER)
    assert "close" in forms_of(may)
    assert "Alt i sagen er gjort" in text_of(may)  # a choice of the form
    assert "Det var ikke et brud" in text_of(may)
    assert "Luk den; dens opbevaringstid" not in text_of(may)


async def test_what_nis2_asks_for_cannot_be_closed_away(keys: Path) -> None:
    """No closing is taken then, so none is offered."""
    outage = cases.Desk().take(cases.report(body=OUTAGE))
    assert "close" not in forms_of(await Page(keys, outage.case).get(DECIDER))


async def test_a_complaint_that_went_to_its_unit_is_not_hurried(keys: Path) -> None:
    """No breach by its sender's word: it may be closed, and for a month nobody is asked to."""
    desk = cases.Desk().take(cases.report(body={"concerns": ["complaint_decision"]}), cases.acknowledge(T0 + HOUR / 2))
    fresh = await Page(keys, desk.case).get()
    assert "close" in forms_of(fresh)
    assert "dens opbevaringstid begynder først da" not in text_of(fresh)
    later = await Page(keys, desk.live(T0 + timedelta(days=31)).case, at=T0 + timedelta(days=31)).get()
    assert "dens opbevaringstid begynder først da" in text_of(later)


async def test_while_something_is_owed_only_the_controller_may_close(page: Page) -> None:
    """As no breach, with a reason: nothing else would be taken. The DPO finds no such form."""
    assert "close" not in forms_of(await page.get())
    said = text_of(await page.get(DECIDER))
    assert "Det var ikke et brud på persondatasikkerheden" in said
    assert "Alt i sagen er gjort" not in said
    assert (await page.post("close", DECIDER, closing="done")).status_code == 422
    assert page.intake.sent == []
