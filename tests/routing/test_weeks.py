"""A case every seven hours through Easter and both changes of the clocks, and nobody answers: who is woken when."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from schemas.actions import Outcome
from schemas.alert import Alert, AlertKind, Level
from schemas.times import COPENHAGEN
from tests.routing.scene import HOUR, MINUTE, case, demand, plan, policy
from tests.routing.watch import Watch

WEEKS = {
    "easter and summer time": datetime(2027, 3, 22, tzinfo=UTC),  # Maundy Thursday 25, clocks forward on Sunday 28
    "winter time": datetime(2026, 10, 22, tzinfo=UTC),  # clocks back on Sunday 25
}
HOLIDAYS = {(3, 25), (3, 26), (3, 28), (3, 29)}
CLOCK = 72 * HOUR


def _through(week: str, outcome: Outcome, watched: timedelta) -> Iterator[tuple[datetime, list[Alert]]]:
    """Yields when each case was opened and what was told of it in its first `watched` hours."""
    for number in range(0, 9 * 24, 7):
        opened = WEEKS[week] + number * HOUR
        record = case(outcome, demands=[demand(due=opened)], deadline=opened + CLOCK)
        watch = Watch(plan(), policy())
        watch.look(record, opened)
        watch.until(record, opened + watched)
        yield opened, watch.alerts


def _may_be_called(at: datetime) -> bool:
    """Says by the plan's words, not its code: weekdays 07 to 20 Danish time, no public holiday."""
    local = at.astimezone(COPENHAGEN)
    weekday = local.weekday() < 5 and (local.month, local.day) not in HOLIDAYS
    return weekday and time(7) <= local.time() < time(20)


@pytest.mark.parametrize("week", WEEKS)
def test_nobody_is_woken_for_a_digest(week: str) -> None:
    """Each item waits for 08.30 local on a day with hours, also after the clocks have changed."""
    for _, alerts in _through(week, Outcome.UNLIKELY_RISK, CLOCK - 13 * HOUR):
        assert [alert.level for alert in alerts] == [Level.DIGEST]
        sent = alerts[0].not_before
        assert sent is not None
        assert sent.astimezone(COPENHAGEN).time() == time(8, 30)
        assert _may_be_called(sent)


@pytest.mark.parametrize("week", WEEKS)
def test_nobody_is_late_for_a_page(week: str) -> None:
    """At any hour of any day DPO and decision maker are paged at once, and again every quarter of an hour."""
    for opened, alerts in _through(week, Outcome.HIGH_RISK, 2 * HOUR):
        for who in ("dpo", "direktion"):
            times = [alert.created_at for alert in alerts if alert.recipient == who]
            assert times == [opened + 15 * MINUTE * number for number in range(8)]
        assert all(alert.not_before is None for alert in alerts)


@pytest.mark.parametrize("week", WEEKS)
def test_no_act_is_delayed_into_the_last_36_hours(week: str) -> None:
    """An act told in the quiet is told because waiting would have left less; one that waited left 36 hours or more."""
    waited = woken = 0
    for opened, alerts in _through(week, Outcome.RISK, CLOCK - 13 * HOUR):
        first = alerts[0]
        if first.created_at != opened:
            waited += 1
            assert not _may_be_called(opened)
            assert opened + CLOCK - first.created_at >= 36 * HOUR
        for alert in (one for one in alerts if one.level is Level.ACT):
            if not _may_be_called(alert.created_at):
                woken += 1
                opening = alert.created_at
                while not _may_be_called(opening):
                    opening += MINUTE
                assert opened + CLOCK - opening < 36 * HOUR
    assert waited
    assert woken


@pytest.mark.parametrize("week", WEEKS)
def test_every_act_becomes_a_page_twelve_hours_before_the_deadline(week: str) -> None:
    """Holiday or night, elapsed time: the page comes at 60 hours to the minute."""
    for opened, alerts in _through(week, Outcome.RISK, CLOCK - 11 * HOUR):
        pages = [alert.created_at for alert in alerts if alert.level is Level.PAGE and alert.kind is AlertKind.CASE]
        assert timedelta(0) <= min(pages) - (opened + CLOCK - 12 * HOUR) < MINUTE
