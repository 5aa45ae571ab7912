"""A case on which nothing is owed: the DPO reads in the morning's digest that it can be closed; nobody is woken."""

from datetime import datetime, timedelta

from schemas.actions import Outcome
from schemas.alert import Level
from schemas.case import CaseRecord, Settled, Status
from schemas.facts import Fact
from tests.routing.scene import HOUR, MINUTE, T0, absent, case, demand, plan, policy, undeliverable
from tests.routing.watch import Watch, people

DAY = timedelta(days=1)
ASKED = T0 + 30 * DAY  # Wednesday 23 December, 10:00 Danish time
THURSDAY = T0 + timedelta(days=30, hours=22, minutes=30)  # the next digest: 08:30
LOOK = THURSDAY - 15 * MINUTE
MONDAY = THURSDAY + 4 * DAY  # after Christmas and a weekend, the next morning on which the municipality has hours


def settled(*facts: Fact, asked_at: datetime | None = ASKED, outcome: Outcome = Outcome.HIGH_RISK) -> CaseRecord:
    """Returns a case that was settled at the beginning of the scene, a month later."""
    record = case(outcome, demands=[], stopped_by="a decision", facts=facts)
    return record.model_copy(update={"settled": Settled(since=T0, asked_at=asked_at)})


def asked() -> Watch:
    """Returns routing's watch over such a case just after its reminder fell due."""
    watch = Watch(plan(), policy())
    assert watch.look(settled(), ASKED) == ()
    return watch


def test_the_dpo_reads_it_in_the_next_digest() -> None:
    """Looked at shortly before; told once, on the first channel alone, whatever the case's risk."""
    watch = asked()
    assert watch.state is not None
    assert watch.state.wake_at == LOOK.timestamp()
    (told,) = watch.until(settled(), THURSDAY + 20 * DAY)
    assert (told.recipient, told.role, told.level) == ("dpo", "dpo", Level.DIGEST)
    assert (told.obligation, told.rung) == ("unclosed", "unclosed")
    assert (told.created_at, told.not_before, told.deadline_at) == (LOOK, THURSDAY, None)
    assert watch.look(settled(), THURSDAY + DAY) == ()
    assert watch.state.wake_at is None, "no chain climbs for it"


def test_before_the_first_month_is_over_nobody_is_told() -> None:
    """A case that was just settled is quiet."""
    watch = Watch(plan(), policy())
    assert watch.look(settled(asked_at=None), T0) == ()
    assert watch.state is None


def test_who_closes_it_before_the_digest_is_told_nothing() -> None:
    """Nor who acts on it, nor whoever has to look at it again."""
    news = case(demands=[demand()])
    for record in (case(demands=[], stopped_by="x", status=Status.CLOSED), settled(asked_at=None), news):
        watch = asked()
        watch.look(record, ASKED + 5 * HOUR)
        told = watch.until(record, THURSDAY + HOUR)
        assert "unclosed" not in {alert.obligation for alert in told}


def test_the_next_reminder_is_an_alert_of_its_own() -> None:
    """A month later, with another id."""
    watch, later = asked(), ASKED + 30 * DAY
    watch.until(settled(), later)
    again = settled(asked_at=later)
    watch.look(again, later)
    watch.until(again, later + 5 * DAY)
    assert people(watch.alerts) == ["dpo", "dpo"]
    assert len({alert.alert_id for alert in watch.alerts}) == 2


def test_where_it_cannot_be_delivered_a_deputy_reads_it_another_morning() -> None:
    """And after the last of them nobody: in a month it comes again."""
    watch, facts = asked(), list[Fact]()
    watch.until(settled(), THURSDAY)
    for days in (1, 7, 14):
        facts.append(undeliverable(watch.alerts[-1], THURSDAY + days * DAY))
        watch.look(settled(*facts), THURSDAY + days * DAY)
        watch.until(settled(*facts), THURSDAY + (days + 6) * DAY)
    assert people(watch.alerts) == ["dpo", "dpo-vikar-1", "dpo-vikar-2"]
    assert [alert.role for alert in watch.alerts] == ["dpo", "deputy", "deputy"], (
        "each link names a role that its reader holds"
    )
    assert watch.state is not None
    assert watch.state.wake_at is None


def test_who_is_away_is_stood_in_for() -> None:
    """The substitute reads it; the DPO's return tells nobody again."""
    watch = Watch(absent(plan(), "dpo", "dpo-vikar-2", THURSDAY), policy())
    watch.look(settled(), ASKED)
    watch.until(settled(), THURSDAY)
    watch.look(settled(), THURSDAY + DAY)
    assert people(watch.alerts) == ["dpo-vikar-2"]


def test_where_nobody_is_there_it_waits_for_a_morning_with_somebody() -> None:
    """DPO and deputies are away over Christmas: on Monday it is told, once."""
    roles = {**plan().delivery.roles}
    alone = plan().model_copy(
        update={"delivery": plan().delivery.model_copy(update={"roles": {**roles, "deputy": ()}})}
    )
    watch = Watch(absent(alone, "dpo", None, THURSDAY + 2 * DAY), policy())
    watch.look(settled(), ASKED)
    (told,) = watch.until(settled(), ASKED + 20 * DAY)
    assert (told.recipient, told.not_before) == ("dpo", MONDAY)


def test_a_crowd_of_unreadable_events_fills_no_digest() -> None:
    """Their producer's tally was told; `brudvagt cases --settled` lists them."""
    crowd, watch = settled().model_copy(update={"crowded": True}), Watch(plan(), policy())
    watch.look(crowd, ASKED)
    assert watch.until(crowd, MONDAY) == []


def test_a_closed_case_is_forgotten_here() -> None:
    """Nothing is kept of it."""
    watch = asked()
    watch.until(settled(), THURSDAY)
    watch.look(case(demands=[], stopped_by="x", status=Status.CLOSED), THURSDAY + HOUR)
    assert watch.state is None
