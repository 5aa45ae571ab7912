"""All four stages and a real mail server on a simulated clock: six hours without it, and a mailbox that nobody knows."""

import email
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import structlog.testing
from pydantic import JsonValue

from pipeline.kafka.ports import free_port
from pipeline.settings import Settings
from schemas.alert import Alert, Level
from schemas.delivery import Delivery, DeliveryStatus
from tests.agents.events import LETTER, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.world import World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = 3600.0
OUTAGE_H = 6
CAP_S = 300.0  # the longest back-off
LATE_S = 1.0  # what a timer may be late


def grave() -> dict[str, JsonValue]:
    """Returns a letter about somebody with a protected address: a page, to the DPO and the decision maker at once."""
    circumstances = LETTER["circumstances"]
    assert isinstance(circumstances, dict)
    subjects = circumstances["subjects"]
    assert isinstance(subjects, dict)
    return {**LETTER, "circumstances": {**circumstances, "subjects": {**subjects, "protected_address": "yes"}}}


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    """Thousands of lines of log cost more than the mails."""
    with structlog.testing.capture_logs():
        yield


async def test_six_hours_without_a_mail_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hours refused, four hours answered with 451; then each person gets the newest alert of each obligation, once."""
    port, mailbox = free_port(), Mailbox(mail="451 4.3.2 not now")
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    back = MONDAY.timestamp() + OUTAGE_H * HOUR
    world.report(report("grave", grave()), report("letter"))
    await world.until(MONDAY.timestamp() + 2 * HOUR)
    async with smtp_server(mailbox, port=port):
        await world.until(back)
        assert mailbox.taken == []
        during, then = world.alerts, world.deliveries
        mailbox.mail = "250 OK"
        await world.until(back + CAP_S + LATE_S)
    after = world.deliveries

    assert len(during) > 20
    assert {one.level for one in during} >= {Level.PAGE, Level.ACT}
    assert set(then) == {one.alert_id for one in during}, "every alert has its story"
    assert not [one for one in after.values() if one.status is DeliveryStatus.GIVEN_UP]
    newest = newest_of(during)
    for one in during:
        overtaken = any(rival.created_at > one.created_at for rival in rivals(one, world.alerts))
        if one.alert_id not in newest:
            assert after[one.alert_id].status is DeliveryStatus.SUPERSEDED, one
        elif not overtaken:  # by a rung after the server's return
            assert after[one.alert_id].status is DeliveryStatus.SENT, one
    reached = {group(one) for one in during}
    sent = {group(one.alert) for one in after.values() if one.status is DeliveryStatus.SENT}
    assert reached <= sent, "each person heard of each obligation within five minutes of the server's return"
    assert bounded(then) == []
    ids = Counter(str(email.message_from_bytes(content(one))["Message-ID"]) for one in mailbox.taken)
    assert set(ids.values()) == {1}
    assert len(ids) == sum(one.status is DeliveryStatus.SENT for one in after.values())


async def test_who_cannot_be_reached_is_passed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The DPO's mailbox is unknown: within the same second, not a quarter of an hour later, the deputy has the mail."""
    mailbox = Mailbox(unknown=frozenset({"dpo@herning.example"}))
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    async with smtp_server(mailbox) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("grave", grave()))
        await world.until(MONDAY.timestamp() + LATE_S)
    given_up = [one for one in world.deliveries.values() if one.status is DeliveryStatus.GIVEN_UP]
    assert {one.alert.recipient for one in given_up} == {"dpo"}
    assert all(len(one.attempts) == 1 and one.attempts[0].answer == "550 5.1.1 no such user" for one in given_up)
    assert ["dpo-vikar-1@herning.example"] in [one.rcpt_tos for one in mailbox.taken]


async def test_what_is_given_up_without_a_result_moves_the_chain_on_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every result is lost until the budget is spent, ten minutes here: then the deputy is told, not hours later."""
    mailbox = Mailbox(mail="451 4.3.2 not now")
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    async with smtp_server(mailbox) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.carriers.pace = replace(world.carriers.pace, give_up_after_s=600)
        world.loses_results = True
        world.report(report("letter"))
        await world.until(MONDAY.timestamp() + 11 * 60)
    given_up = [one for one in world.deliveries.values() if one.status is DeliveryStatus.GIVEN_UP]
    assert [one.alert.recipient for one in given_up] == ["dpo"]
    assert {attempt.error for attempt in given_up[0].attempts} == {"result_lost"}
    assert "dpo-vikar-1" in {one.recipient for one in world.alerts}


def group(alert: Alert) -> tuple[str | None, str, str, str]:
    """Returns what an alert is about and for whom: of these only the newest counts."""
    return alert.reference, alert.obligation, alert.recipient, alert.channel


def rivals(alert: Alert, alerts: list[Alert]) -> list[Alert]:
    """Returns the alerts about the same, for the same person over the same channel."""
    return [one for one in alerts if group(one) == group(alert)]


def newest_of(alerts: list[Alert]) -> set[str]:
    """Returns the ids of the newest alert of each group."""
    groups: dict[object, list[Alert]] = defaultdict(list)
    for one in alerts:
        groups[group(one)].append(one)
    return {max(some, key=lambda one: (one.created_at, one.alert_id)).alert_id for some in groups.values()}


def bounded(deliveries: Mapping[str, Delivery]) -> list[str]:
    """Returns what slept longer than the longest back-off, hung without end, or gave the server no rest."""
    found = []
    for one in deliveries.values():
        starts = [attempt.started_at for attempt in one.attempts]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        if any(gap > timedelta(seconds=CAP_S + LATE_S) for gap in gaps):
            found.append(f"{one.alert.alert_id} slept {max(gaps)}")
        if any(gap < timedelta(seconds=CAP_S / 2) for gap in gaps[10:]):
            found.append(f"{one.alert.alert_id} came back after {min(gaps[10:])}")
    return found


def content(taken: object) -> bytes:
    """Returns the bytes of a mail."""
    found = getattr(taken, "content", None)
    assert isinstance(found, bytes)
    return found
