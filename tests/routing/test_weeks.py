"""Cases through Easter and both changes of the clocks: who is woken when. First one every seven hours and nobody
answers; then at any minute, in any municipality, with people who answer, are away, or do neither.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from pipeline.plans.plan import Substitution
from schemas.actions import Outcome
from schemas.alert import Alert, AlertKind, Level
from schemas.facts import Fact
from schemas.times import COPENHAGEN
from schemas.values import Role
from tests.plans.pages import CODES
from tests.routing.scene import HOUR, MINUTE, acknowledged, case, demand, plan, policy
from tests.routing.watch import Watch

WEEKS = {
    "easter and summer time": datetime(2027, 3, 22, tzinfo=UTC),  # Maundy Thursday 25, clocks forward on Sunday 28
    "easter of the year before": datetime(2026, 3, 30, tzinfo=UTC),  # Maundy Thursday 2 April, Easter Monday 6 April
    "winter time": datetime(2026, 10, 22, tzinfo=UTC),  # clocks back on Sunday 25
}
HOLIDAYS = {
    *((2027, 3, day) for day in (25, 26, 28, 29)),
    *((2026, 4, day) for day in (2, 3, 5, 6)),
}
CLOCK = 72 * HOUR
CASES = 25
"""In each seeded week."""


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
    weekday = local.weekday() < 5 and (local.year, local.month, local.day) not in HOLIDAYS
    return weekday and time(7) <= local.time() < time(20)


def _next_call(at: datetime) -> datetime:
    """Returns the first whole minute from `at` at which somebody may be called."""
    at = at.replace(second=0, microsecond=0)
    while not _may_be_called(at):
        at += MINUTE
    return at


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
                assert opened + CLOCK - _next_call(alert.created_at) < 36 * HOUR
    assert waited
    assert woken


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("week", WEEKS)
def test_whatever_people_do_nobody_is_woken_in_vain_and_nobody_hears_too_late(week: str, seed: int) -> None:
    """Any minute of the week, any of the five municipalities, any risk; people acknowledge, go away, or neither."""
    dice = random.Random(f"{week} {seed}")
    seen: Counter[str] = Counter()
    for _ in range(CASES):
        opened = WEEKS[week] + timedelta(minutes=dice.randrange(7 * 24 * 60))
        for alert in _lived(opened, dice):
            seen[alert.level] += 1
            _judge(alert, opened, seen)
    assert min(seen[what] for what in (Level.PAGE, Level.ACT, Level.DIGEST, "waited", "called in the quiet")) > 0, seen


def _lived(opened: datetime, dice: random.Random) -> list[Alert]:
    """Returns what is told of one case until its deadline; its people acknowledge at random, and one may be away."""
    where = plan(dice.choice(CODES))
    outcome = dice.choice([Outcome.HIGH_RISK, Outcome.RISK, None, Outcome.UNLIKELY_RISK])
    dpo = where.holders(Role.DPO)[0]
    if dice.random() < 0.3:
        away = Substitution(absent=dpo, substitute=None, starts=opened - HOUR, ends=opened + dice.randrange(90) * HOUR)
        where = where.model_copy(update={"delivery": where.delivery.model_copy(update={"substitutions": (away,)})})
    watch, facts = Watch(where, policy()), list[Fact]()
    record = case(outcome, demands=[demand(due=opened)], deadline=opened + CLOCK)
    watch.look(record, opened)
    if outcome is Outcome.HIGH_RISK:
        told = {alert.role for alert in watch.alerts}
        assert "decision_maker" in told, "nobody is late for a page"
        assert told & {"dpo", "deputy", "caseworker"}, "nobody is late for a page"
    for _ in range(dice.randrange(4)):
        at = opened + timedelta(minutes=dice.randrange(int(CLOCK / MINUTE)))
        if facts and at <= facts[-1].recorded_at:
            continue
        watch.until(record, at)
        facts.append(acknowledged(dpo, at))
        record = case(outcome, demands=[demand(due=opened)], facts=facts, deadline=opened + CLOCK)
        watch.look(record, at)
    watch.until(record, opened + CLOCK)
    return watch.alerts


def _judge(alert: Alert, opened: datetime, seen: Counter[str]) -> None:
    sent, left = alert.not_before or alert.created_at, opened + CLOCK - alert.created_at
    if alert.level is Level.DIGEST:
        assert sent.astimezone(COPENHAGEN).time() == time(8, 30), "nobody is woken for a digest"
        assert _may_be_called(sent), "nobody is woken for a digest"
    if alert.level is Level.PAGE:
        assert alert.not_before is None, "nobody is late for a page"
    if alert.level is Level.ACT and _may_be_called(sent) and not _may_be_called(sent - timedelta(seconds=1)):
        seen["waited"] += 1
        assert left >= 36 * HOUR, "no act is delayed into the last 36 hours"
    if alert.level is Level.ACT and not _may_be_called(sent):
        seen["called in the quiet"] += 1
        assert _next_call(sent) > opened + CLOCK - 36 * HOUR, "an act that can wait wakes nobody"


@pytest.mark.parametrize("week", WEEKS)
def test_every_act_becomes_a_page_twelve_hours_before_the_deadline(week: str) -> None:
    """Holiday or night, elapsed time: the page comes at 60 hours to the minute."""
    for opened, alerts in _through(week, Outcome.RISK, CLOCK - 11 * HOUR):
        pages = [alert.created_at for alert in alerts if alert.level is Level.PAGE and alert.kind is AlertKind.CASE]
        assert timedelta(0) <= min(pages) - (opened + CLOCK - 12 * HOUR) < MINUTE
