"""The machine stands still for 30 hours over a weekend: what people hear when it is back. All four stages, real mails."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from pipeline.cases.identity import reference
from pipeline.settings import Settings
from schemas.alert import AlertKind, Level
from schemas.case import CaseRecord
from schemas.facts import FactKind
from tests.agents.events import DECIDES, HERNING, act, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.test_outage import grave
from tests.delivery.world import World

THURSDAY = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)  # 14:00 in Herning; the deadlines are Sunday's, 13:00 UTC
STOPS = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BACK = STOPS + timedelta(hours=30)  # Saturday evening; +24 h came on Friday at 13:00 UTC, +48 h today at 13:00
SOON = timedelta(minutes=1)
LATE_S = 5 * 3600.0
OPEN, GRAVE, FILED = (reference(HERNING, name) for name in ("open", "grave", "filed"))


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


async def test_thirty_hours_over_a_weekend_end_with_one_right_alert_per_person_and_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three reports on Thursday, off from Friday to Saturday, one of the three filed meanwhile.

    Each alert names the highest rung, the one missed on the way, and how late it is; nobody hears of a case twice. What
    was filed is read before anybody is alarmed. Each missed rung is recorded once.
    """
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        world = World(THURSDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("open"), report("grave", grave()), report("filed"))
        await world.until(STOPS.timestamp())
        filing = act("submit", FILED, DECIDES, complete="yes", receipt_reference="0123456789abcdef" * 2 + "01234567")
        world.asleep(BACK.timestamp(), actions=((STOPS.timestamp() + 3600.0, filing),))
        mailbox.taken.clear()
        await world.until((BACK + SOON).timestamp())
    _one_right_alert(world, mailbox)
    _the_filing_was_read_first(world)
    for case in (OPEN, GRAVE):
        ladder = [rung for clock, rung in rungs_since(world.case(case), STOPS) if clock == "gdpr33-dk"]
        assert ladder == ["plus_24h", "plus_48h"]


def _one_right_alert(world: World, mailbox: Mailbox) -> None:
    found = [one for one in world.alerts if one.created_at >= BACK and one.kind is AlertKind.CASE]
    heard = Counter((one.reference, one.recipient, one.channel) for one in found)
    assert set(heard.values()) == {1}
    assert {(one.reference, one.rung, one.missed) for one in found} == {
        (OPEN, "plus_48h", ("plus_24h",)),
        (GRAVE, "plus_48h", ("plus_24h",)),
    }
    assert all(LATE_S <= one.lateness_s <= LATE_S + SOON.total_seconds() for one in found)
    assert {one.role for one in found if one.reference == OPEN} == {"dpo"}
    assert {one.role for one in found if one.reference == GRAVE} == {"dpo", "decision_maker"}
    assert {one.level for one in found if one.reference == GRAVE} == {Level.PAGE}
    assert len(mailbox.taken) == len([one for one in found if "mail" in one.channel]) > 0


def _the_filing_was_read_first(world: World) -> None:
    case = world.case(FILED)
    assert case.clocks[0].stopped_by is not None
    assert rungs_since(case, STOPS) == []


def rungs_since(case: CaseRecord, at: datetime) -> list[tuple[str, str]]:
    """Returns clock and name of the rungs that were recorded from `at` on, by due time."""
    facts = [one for one in case.facts if one.kind == FactKind.RUNG_REACHED and one.recorded_at >= at]
    facts.sort(key=lambda one: str(one.body["due_at"]))
    return [(str(one.body["clock"]), str(one.body["rung"])) for one in facts]
