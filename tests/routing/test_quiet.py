"""Quiet hours, silence and the digest: what may wait, and what never does."""

from datetime import UTC, datetime, timedelta

from pipeline.routing.timing import sendable_at, silenced_until
from schemas.actions import Outcome
from schemas.alert import Level
from tests.routing.scene import HOUR, T0, case, demand, plan, policy, silenced
from tests.routing.watch import Watch, people

NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)  # Monday 23.00 in Denmark
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # Tuesday 07.00, when Herning may be called again


def test_a_page_is_never_delayed() -> None:
    """At 23.00 a page goes out at 23.00."""
    record = case(Outcome.HIGH_RISK, demands=[demand(due=NIGHT)], deadline=NIGHT + 72 * HOUR)
    told = Watch(plan(), policy()).look(record, NIGHT)
    assert people(told) == ["dpo", "direktion"]
    assert all(alert.not_before is None for alert in told)


def test_an_act_waits_for_the_opening_with_36_hours_left_there() -> None:
    """At 23.00 with exactly 36 h left at 07.00 the DPO is told at 07.00."""
    watch = Watch(plan(), policy())
    record = case(Outcome.RISK, demands=[demand(due=NIGHT)], deadline=MORNING + 36 * HOUR)
    assert watch.look(record, NIGHT) == ()
    told = watch.until(record, MORNING + timedelta(seconds=1))
    assert [(a.recipient, a.created_at) for a in told] == [("dpo", MORNING)]


def test_an_act_goes_out_at_night_with_less_than_36_hours_left_at_the_opening() -> None:
    """One second less, and it goes out now."""
    record = case(Outcome.RISK, demands=[demand(due=NIGHT)], deadline=MORNING + 36 * HOUR - timedelta(seconds=1))
    assert people(Watch(plan(), policy()).look(record, NIGHT)) == ["dpo"]


def test_each_step_of_an_act_waits() -> None:
    """A step due on a quiet Saturday is told when Monday opens at 07.00, since the clock allows it."""
    friday = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)  # 12.00; the office closes at 13
    watch = Watch(plan(), policy())
    record = case(Outcome.RISK, demands=[demand(due=friday)], deadline=friday + 200 * HOUR)
    watch.look(record, friday)
    monday = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # one working hour on Friday, one from 08.00 on Monday
    told = watch.until(record, monday + timedelta(seconds=1))
    by_share = friday + 20 * HOUR  # a tenth of 200 h: Saturday 08.00, quiet, so Monday's opening at 07.00
    assert by_share < monday
    assert [(a.recipient, a.created_at) for a in told] == [("dpo-vikar-1", datetime(2026, 11, 30, 6, 0, tzinfo=UTC))]


def test_public_holidays_are_quiet() -> None:
    """Maundy Thursday to Easter Monday 2027 are closed: the next opening is Tuesday 30 March, in summer time."""
    eve = datetime(2027, 3, 24, 20, 0, tzinfo=UTC)  # Wednesday 21.00
    record = case(Outcome.RISK, deadline=eve + 300 * HOUR)
    opening = sendable_at(record, Level.ACT, eve, eve + 300 * HOUR, plan(), policy())
    assert opening == datetime(2027, 3, 30, 5, 0, tzinfo=UTC)  # 07.00 CEST


def test_a_digest_item_waits_for_half_past_eight() -> None:
    """Unlikely risk: one item, held until 08.30 local of the next open day, and no chain behind it."""
    watch = Watch(plan(), policy())
    record = case(Outcome.UNLIKELY_RISK)
    (item,) = watch.look(record, T0)
    assert (item.level, item.recipient) == (Level.DIGEST, "dpo")
    assert item.not_before == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    assert watch.until(record, T0 + 59 * HOUR) == []


def test_a_digest_of_friday_comes_on_monday() -> None:
    """Nobody is sent a digest on a day without hours."""
    friday = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
    record = case(Outcome.UNLIKELY_RISK, demands=[demand(due=friday)], deadline=friday + 200 * HOUR)
    (item,) = Watch(plan(), policy()).look(record, friday)
    assert item.not_before == datetime(2026, 11, 30, 7, 30, tzinfo=UTC)


def test_silence_holds_at_most_a_day() -> None:
    """Asked for a week, it ends after 24 hours."""
    record = case(facts=[silenced(T0 + 168 * HOUR, T0)])
    assert silenced_until(record, T0 + HOUR, T0 + 72 * HOUR, policy()) == T0 + 24 * HOUR
    assert silenced_until(record, T0 + 24 * HOUR, T0 + 72 * HOUR, policy()) is None


def test_silence_never_reaches_into_the_last_twelve_hours() -> None:
    """With 20 hours left a day of silence ends after 8."""
    record = case(facts=[silenced(T0 + 24 * HOUR, T0)])
    assert silenced_until(record, T0, T0 + 20 * HOUR, policy()) == T0 + 8 * HOUR


def test_silence_delays_an_act_and_not_a_page() -> None:
    """The same silence: the act waits for its end, the page does not."""
    facts = [silenced(T0 + 3 * HOUR, T0)]
    watch = Watch(plan(), policy())
    assert watch.look(case(Outcome.RISK, facts=facts), T0) == ()
    assert [a.created_at for a in watch.until(case(Outcome.RISK, facts=facts), T0 + 4 * HOUR)] == [T0 + 3 * HOUR]
    assert people(Watch(plan(), policy()).look(case(Outcome.HIGH_RISK, facts=facts), T0)) == ["dpo", "direktion"]
