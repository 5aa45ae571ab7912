"""The machine stands still for 30 hours over a weekend: what people hear when it is back. All four stages, real mails."""

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from pipeline.cases.identity import reference
from pipeline.settings import Settings
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord
from schemas.facts import FactKind
from tests.agents.events import DECIDES, DPO, HERNING, LETTER, act, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.test_outage import grave
from tests.delivery.world import World

THURSDAYS = {  # 14:00 in Herning; the deadlines are Sunday's, 72 hours of elapsed time later
    "a plain weekend": datetime(2026, 11, 19, 13, 0, tzinfo=UTC),
    "Easter": datetime(2026, 4, 2, 12, 0, tzinfo=UTC),  # Maundy Thursday: nobody is in before Tuesday
    "summer time begins": datetime(2026, 3, 26, 13, 0, tzinfo=UTC),
    "and ends": datetime(2026, 10, 22, 12, 0, tzinfo=UTC),
}
STOPS, BACK = timedelta(hours=23), timedelta(hours=53)  # off for 30 hours; +24 h and +48 h come meanwhile
SOON = timedelta(minutes=1)
LATE_H = 5  # of the rung after 48 hours; what fell due 24 hours after that is not due yet
NAMES = ("open", "grave", "filed", "answered", "disrupted")
OPEN, GRAVE, FILED, ANSWERED, DISRUPTED = (reference(HERNING, name) for name in NAMES)
NIS2 = "nis2_early_warning"


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


@pytest.mark.parametrize("thursday", THURSDAYS.values(), ids=THURSDAYS)
async def test_thirty_hours_over_a_weekend_end_with_one_right_alert_per_person_and_case(
    thursday: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five reports on Thursday, off from Friday to Saturday; one is filed meanwhile, one acknowledged.

    Each alert names the highest rung, the one missed on the way, and how late it is; nobody hears of a case's clock twice.
    What people did is read before anybody is alarmed. Each missed rung is recorded once.
    """
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    stops, back, mailbox = thursday + STOPS, thursday + BACK, Mailbox()
    async with smtp_server(mailbox) as port:
        world = World(thursday.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        data = {"grave": grave(), "disrupted": {**LETTER, "service_disrupted": "yes"}}
        world.report(*(report(name, data.get(name, LETTER)) for name in NAMES))
        await world.until(stops.timestamp())
        filing = act("submit", FILED, DECIDES, complete="yes", receipt_reference="0123456789abcdef" * 2 + "01234567")
        acts = (filing, act("acknowledge", ANSWERED, DPO))
        world.asleep(back.timestamp(), actions=[(stops.timestamp() + 3600.0, one) for one in acts])
        mailbox.taken.clear()
        await world.until((back + SOON).timestamp())
    found = [one for one in world.alerts if one.created_at >= back and one.kind is AlertKind.CASE]
    _one_right_alert([one for one in found if one.obligation != NIS2])
    _nis_2_speaks_for_itself([one for one in found if one.obligation == NIS2])
    _mails_say_so(mailbox, found)
    assert world.case(FILED).clocks[0].stopped_by is not None
    assert rungs_since(world.case(FILED), stops) == []
    for case in (OPEN, GRAVE, ANSWERED, DISRUPTED):
        ladder = [rung for clock, rung in rungs_since(world.case(case), stops) if clock == "gdpr33-dk"]
        assert ladder == ["plus_24h", "plus_48h"]


def _one_right_alert(found: list[Alert]) -> None:
    """Towards Datatilsynet."""
    heard = Counter((one.reference, one.recipient, one.channel) for one in found)
    assert set(heard.values()) == {1}
    asked = {ANSWERED: "advise"}  # the rest still have to be acknowledged
    assert {(one.reference, one.obligation, one.rung, one.missed) for one in found} == {
        (case, asked.get(case, "acknowledge"), "plus_48h", ("plus_24h",)) for case in (OPEN, GRAVE, ANSWERED, DISRUPTED)
    }
    assert all(0 <= one.lateness_s - LATE_H * 3600.0 <= SOON.total_seconds() for one in found)
    assert {one.role for one in found if one.reference in (OPEN, ANSWERED)} == {"dpo"}
    assert {one.role for one in found if one.reference == GRAVE} == {"dpo", "decision_maker"}
    assert {one.level for one in found if one.reference == GRAVE} == {Level.PAGE}


def _nis_2_speaks_for_itself(found: list[Alert]) -> None:
    """A day and five hours late with the early warning: a page that is not taken for the other clock's (decision 014)."""
    assert set(Counter((one.recipient, one.channel) for one in found).values()) == {1}
    assert {(one.reference, one.level, one.rung, one.missed) for one in found} == {
        (DISRUPTED, Level.PAGE, "overdue", ("deadline", "plus_48h"))
    }
    assert {one.role for one in found} >= {"security", "decision_maker"}


def _mails_say_so(mailbox: Mailbox, found: list[Alert]) -> None:
    """As many mails as alerts by mail; each says how late it is and which rung it skipped, in Danish."""
    mails = [email.message_from_bytes(one.content, policy=email.policy.default) for one in mailbox.taken]
    assert len(mails) == len([one for one in found if "mail" in one.channel]) > 0
    for mail in mails:
        body = mail.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert f"{LATE_H} t for sent" in text
        skipped = text.split("sprunget over", 1)[1]
        assert ("48 timer" if "NIS 2" in str(mail["Subject"]) else "24 timer") in skipped


def rungs_since(case: CaseRecord, at: datetime) -> list[tuple[str, str]]:
    """Returns clock and name of the rungs that were recorded from `at` on, by due time."""
    facts = [one for one in case.facts if one.kind == FactKind.RUNG_REACHED and one.recorded_at >= at]
    facts.sort(key=lambda one: str(one.body["due_at"]))
    return [(str(one.body["clock"]), str(one.body["rung"])) for one in facts]
