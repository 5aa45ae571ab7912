"""Acknowledging: who it stops, how long it holds, and that it expires."""

from datetime import timedelta

import pytest

from pipeline.routing.acknowledgement import expiry
from schemas.actions import Outcome
from schemas.case import ObligationName
from schemas.values import Role
from tests.routing.scene import HOUR, MINUTE, T0, acknowledged, case, demand, plan, policy
from tests.routing.watch import Watch, people


@pytest.mark.parametrize(
    ("left", "holds"),
    [
        (72 * HOUR, 4 * HOUR),  # a quarter is 18 h, the maximum is 4
        (16 * HOUR, 4 * HOUR),
        (8 * HOUR, 2 * HOUR),  # a quarter
        (2 * HOUR, 30 * MINUTE),
        (HOUR, 30 * MINUTE),  # a quarter is 15 min, the minimum is 30
        (timedelta(0), 4 * HOUR),  # overdue
        (-5 * HOUR, 4 * HOUR),
    ],
)
def test_how_long_an_acknowledgement_holds(left: timedelta, holds: timedelta) -> None:
    """max(30 min, min(4 h, 25 % of the time left)); overdue 4 h (design §9)."""
    assert expiry(T0, T0 + left, policy()) == T0 + holds


def test_an_acknowledgement_stops_the_chain_and_expires() -> None:
    """Nobody is told for four hours; then the chain starts again with the DPO."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    record = case(Outcome.RISK, facts=[acknowledged("dpo", T0 + 10 * MINUTE)])
    assert watch.look(record, T0 + 10 * MINUTE) == ()
    assert watch.until(record, T0 + 10 * MINUTE + 4 * HOUR) == []
    again = watch.until(record, T0 + 11 * MINUTE + 4 * HOUR)
    assert [(a.recipient, a.round, a.step) for a in again] == [("dpo", 1, 1)]


def test_a_deputy_may_acknowledge_before_being_told() -> None:
    """Who stands for the DPO stops the DPO's chain."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    record = case(Outcome.RISK, facts=[acknowledged("dpo-vikar-2", T0 + MINUTE, Role.DEPUTY)])
    watch.look(record, T0 + MINUTE)
    assert watch.until(record, T0 + 4 * HOUR) == []


def test_somebody_who_was_never_told_stops_nothing() -> None:
    """Communications cannot quieten a chain that never reached it."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    record = case(Outcome.RISK, facts=[acknowledged("kommunikation", T0 + MINUTE, Role.CASEWORKER)])
    watch.look(record, T0 + MINUTE)
    assert people(watch.until(record, T0 + 2 * HOUR + MINUTE)) == ["dpo-vikar-1"]


def test_page_is_reminded_until_each_of_the_two_acknowledges() -> None:
    """The DPO's acknowledgement ends the climb, not the reminders to the decision maker; each counts alone."""
    watch = Watch(plan(), policy())
    assert people(watch.look(case(Outcome.HIGH_RISK), T0)) == ["dpo", "direktion"]
    one = case(Outcome.HIGH_RISK, facts=[acknowledged("dpo", T0 + 5 * MINUTE)])
    watch.look(one, T0 + 5 * MINUTE)
    told = watch.until(one, T0 + 46 * MINUTE)
    assert [(a.recipient, a.created_at - T0) for a in told] == [
        ("direktion", 15 * MINUTE),
        ("direktion", 30 * MINUTE),
        ("direktion", 45 * MINUTE),
    ]
    two = case(Outcome.HIGH_RISK, facts=[*one.facts, acknowledged("direktion", T0 + 50 * MINUTE, Role.DECISION_MAKER)])
    assert watch.look(two, T0 + 50 * MINUTE) == ()
    assert watch.until(two, T0 + 4 * HOUR) == []
    again = watch.until(two, T0 + 4 * HOUR + 6 * MINUTE)
    assert people(again) == ["dpo"], "the DPO's own acknowledgement ran out first"


def test_a_later_rung_asks_again() -> None:
    """An acknowledgement of the opening does not silence the rung of the next day."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    asked = demand(ObligationName.ADVISE, rung="plus_24h", due=T0 + 24 * HOUR)
    record = case(Outcome.RISK, demands=[asked], facts=[acknowledged("dpo", T0 + 23 * HOUR)])
    assert people(watch.look(record, T0 + 24 * HOUR)) == ["dpo"]


def test_the_next_act_of_the_same_rung_waits_for_the_acknowledgement() -> None:
    """Who has just acknowledged is not told a second later to advise."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    asked = [demand(ObligationName.ADVISE)]
    record = case(Outcome.RISK, demands=asked, facts=[acknowledged("dpo", T0 + MINUTE)])
    assert watch.look(record, T0 + MINUTE) == ()
    assert people(watch.until(record, T0 + 4 * HOUR + 2 * MINUTE)) == ["dpo"]


def test_the_dpos_acknowledgement_does_not_cover_the_decision_makers_act() -> None:
    """Once advised, the decision maker is told at once although the DPO acknowledged minutes ago."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    asked = [demand(ObligationName.DECIDE, role=Role.DECISION_MAKER)]
    record = case(Outcome.RISK, demands=asked, facts=[acknowledged("dpo", T0 + MINUTE)])
    assert people(watch.look(record, T0 + 2 * MINUTE)) == ["direktion"]


def test_a_graver_case_asks_who_acknowledged_the_lesser_one() -> None:
    """Acknowledged as an act, the case becomes a page: both are paged at once."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    facts = [acknowledged("dpo", T0 + MINUTE)]
    watch.look(case(Outcome.RISK, facts=facts), T0 + MINUTE)
    assert people(watch.look(case(Outcome.HIGH_RISK, facts=facts), T0 + HOUR)) == ["dpo", "direktion"]


def test_no_alert_state_touches_a_deadline() -> None:
    """An acknowledgement leaves the time of the level's change where it was (design §9, objects)."""
    watch = Watch(plan(), policy())
    record = case(Outcome.RISK, facts=[acknowledged("dpo", T0 + 59 * HOUR)])
    watch.look(record, T0 + 59 * HOUR)
    told = watch.until(record, T0 + 60 * HOUR + MINUTE)
    assert people(told) == ["dpo", "direktion"]


def test_being_told_later_makes_no_earlier_acknowledgement_count() -> None:
    """The coordinator spoke up unasked; told at the fourth step, the chain goes on to the fifth."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.HIGH_RISK), T0)
    record = case(Outcome.HIGH_RISK, facts=[acknowledged("it-sikkerhed", T0 + MINUTE, Role.SECURITY)])
    watch.look(record, T0 + MINUTE)
    told = watch.until(record, T0 + 61 * MINUTE)
    assert "it-sikkerhed" in people(told)
    assert "ledelsesvagt" in people(told)
