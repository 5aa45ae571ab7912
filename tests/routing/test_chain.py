"""The chain: a silent DPO is followed up to operations, and everybody on the way is told once a round."""

from datetime import timedelta

from schemas.actions import Outcome
from schemas.alert import AlertKind, Level
from schemas.case import ObligationName, Status
from schemas.facts import FactKind
from schemas.values import Role
from tests.routing.scene import HOUR, MINUTE, T0, absent, case, demand, plan, policy, undeliverable
from tests.routing.watch import Watch, people

CLIMB = ["dpo", "dpo-vikar-1", "dpo-vikar-2", "it-sikkerhed", "ledelsesvagt"]


def test_a_silent_dpo_is_followed_to_operations() -> None:
    """A page climbs every 15 minutes through five steps and three rounds, then operations are paged (design §9)."""
    watch, record = Watch(plan(), policy()), case(Outcome.HIGH_RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 4 * HOUR)
    steps = [a for a in watch.alerts if a.kind is AlertKind.CASE and a.role not in ("decision_maker",)]
    first_told = {who: next(a.created_at for a in steps if a.recipient == who) for who in CLIMB}
    assert first_told == {who: T0 + 15 * MINUTE * number for number, who in enumerate(CLIMB)}
    exhausted = [one for one in watch.found if one.kind is FactKind.CHAIN_EXHAUSTED]
    assert [one.occurred_at for one in exhausted] == [T0 + 15 * MINUTE * 15]
    platform = [a for a in watch.alerts if a.kind is AlertKind.PLATFORM]
    assert people(platform) == ["drift-vagt"]
    assert platform[0].created_at == T0 + 15 * MINUTE * 15
    assert platform[0].level is Level.PAGE
    deputies = [a for a in steps if a.recipient == "dpo-vikar-1"]
    assert [a.round for a in deputies] == [1, 2, 3]


def test_every_alert_has_an_id_of_its_own() -> None:
    """Dedup keys differ by round, step, reminder, recipient and channel: 32 hex digits, none twice."""
    watch, record = Watch(plan(), policy()), case(Outcome.HIGH_RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 10 * HOUR)
    ids = [alert.alert_id for alert in watch.alerts]
    assert len(set(ids)) == len(ids) > 60
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)


def test_an_act_climbs_by_working_hours() -> None:
    """An act steps every 2 working hours: Monday 10.00, 12.00, 14.00 Danish time (office closes at 15)."""
    watch, record = Watch(plan(), policy()), case(Outcome.RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 4 * HOUR + MINUTE)
    assert [(a.recipient, a.created_at - T0) for a in watch.alerts] == [
        ("dpo", timedelta(0)),
        ("dpo-vikar-1", 2 * HOUR),
        ("dpo-vikar-2", 4 * HOUR),
    ]


def test_an_act_never_waits_more_than_a_tenth_of_the_time_left() -> None:
    """With 15 hours left the next step is due after 1.5 hours, not after 2 working hours."""
    deadline = T0 + 15 * HOUR
    watch, record = Watch(plan(), policy()), case(Outcome.RISK, deadline=deadline)
    watch.look(record, T0)
    watch.until(record, T0 + 1.5 * HOUR + MINUTE)
    assert [(a.recipient, a.created_at - T0) for a in watch.alerts] == [
        ("dpo", timedelta(0)),
        ("dpo-vikar-1", 1.5 * HOUR),
    ]


def test_the_chain_is_frozen_when_it_starts() -> None:
    """A plan that changes under a running chain does not change who comes next."""
    watch, record = Watch(plan(), policy()), case(Outcome.RISK)
    watch.look(record, T0)
    roles = dict(watch.plan.delivery.roles) | {Role.DEPUTY: ("kommunikation",)}
    delivery = watch.plan.delivery.model_copy(update={"roles": roles})
    watch.plan = watch.plan.model_copy(update={"delivery": delivery})
    watch.until(record, T0 + 2 * HOUR + MINUTE)
    assert people(watch.alerts) == ["dpo", "dpo-vikar-1"]


def test_absence_is_resolved_at_each_step() -> None:
    """A substitute is told while the period runs, and the DPO again once it is over."""
    away = absent(plan(), "dpo", "kommunikation", ends=T0 + HOUR)
    watch, record = Watch(away, policy()), case(Outcome.HIGH_RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 2 * HOUR)
    as_dpo = [a for a in watch.alerts if a.role == "dpo"]
    assert {a.recipient for a in as_dpo if a.created_at < T0 + HOUR} == {"kommunikation"}
    assert {a.recipient for a in as_dpo if a.created_at >= T0 + HOUR} == {"dpo"}


def test_nobody_there_is_said_and_the_next_is_told_at_once() -> None:
    """Absent without a substitute: `recipient.missing`, and the deputy hears at the same moment."""
    watch, record = Watch(absent(plan(), "dpo", None, T0 + 90 * HOUR), policy()), case(Outcome.RISK)
    assert people(watch.look(record, T0)) == ["dpo-vikar-1"]
    assert [(one.kind, one.body["local_id"]) for one in watch.found] == [(FactKind.RECIPIENT_MISSING, "dpo")]


def test_nobody_at_all_pages_operations_at_once() -> None:
    """With the whole chain gone from the plan, operations hear without three rounds of waiting."""
    watch, record = Watch(plan(), policy()), case(Outcome.RISK)
    watch.look(record, T0)
    people_left = {"drift-vagt": watch.plan.delivery.people["drift-vagt"]}
    delivery = watch.plan.delivery.model_copy(update={"people": people_left})
    watch.plan = watch.plan.model_copy(update={"delivery": delivery})
    told = watch.until(record, T0 + 2 * HOUR + MINUTE)
    assert people(told) == ["drift-vagt"]
    assert [one.kind for one in watch.found].count(FactKind.CHAIN_EXHAUSTED) == 1


def test_undeliverable_moves_the_chain_on_at_once() -> None:
    """A permanent error at the DPO's mailbox tells the deputy now, not in two hours."""
    watch = Watch(plan(), policy())
    (first,) = watch.look(case(Outcome.RISK), T0)
    record = case(Outcome.RISK, facts=[undeliverable(first, T0 + MINUTE)])
    assert people(watch.look(record, T0 + MINUTE)) == ["dpo-vikar-1"]


def test_a_step_is_not_repeated_for_time_lost() -> None:
    """After six hours without a worker one step is told, not twenty-four."""
    watch, record = Watch(plan(), policy()), case(Outcome.HIGH_RISK)
    watch.look(record, T0)
    late = watch.look(record, T0 + 6 * HOUR)
    assert people(late) == ["dpo-vikar-1", "dpo", "direktion"]


def test_a_later_rung_takes_the_place_of_the_earlier() -> None:
    """A new rung of the same obligation starts its own chain; both alerts share the key that lets the newer win."""
    watch = Watch(plan(), policy())
    (first,) = watch.look(case(Outcome.RISK), T0)
    later = case(Outcome.RISK, demands=[demand(rung="plus_24h", due=T0 + 24 * HOUR, missed=("opening",))])
    (second,) = watch.look(later, T0 + 24 * HOUR)
    assert (second.rung, second.recipient, second.missed) == ("plus_24h", "dpo", ("opening",))
    assert second.supersedes == first.supersedes
    assert second.alert_id != first.alert_id
    assert watch.state is not None
    assert [chain.rung for chain in watch.state.chains] == ["plus_24h"]


def test_two_obligations_run_two_chains() -> None:
    """What is asked of the decision maker begins there, whatever the DPO's chain does."""
    asked = [demand(), demand(ObligationName.DECIDE, role=Role.DECISION_MAKER)]
    told = Watch(plan(), policy()).look(case(Outcome.RISK, demands=asked), T0)
    assert [(a.obligation, a.recipient) for a in told] == [("acknowledge", "dpo"), ("decide", "direktion")]


def test_a_closed_case_keeps_nothing() -> None:
    """Closed, absorbed or without a demand: the chain ends and its timer with it."""
    for ended in (case(status=Status.CLOSED), case(status=Status.ABSORBED), case(demands=[]), None):
        watch = Watch(plan(), policy())
        watch.look(case(Outcome.HIGH_RISK), T0)
        assert watch.look(ended, T0 + MINUTE) == ()
        assert watch.state is None


def test_a_rising_level_starts_the_chain_again_at_once() -> None:
    """A report that makes the risk high pages DPO and decision maker now, whatever step the act had reached."""
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK), T0)
    told = watch.look(case(Outcome.HIGH_RISK), T0 + HOUR)
    assert {(a.recipient, a.level) for a in told} == {("dpo", Level.PAGE), ("direktion", Level.PAGE)}


def test_time_alone_turns_an_act_into_a_page() -> None:
    """Twelve hours before the deadline somebody looks again although nothing happened on the case."""
    watch, record = Watch(plan(), policy()), case(Outcome.UNLIKELY_RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 60 * HOUR + 2 * MINUTE)
    assert {(a.recipient, a.level) for a in watch.alerts if a.level is Level.PAGE} == {
        ("dpo", Level.PAGE),
        ("direktion", Level.PAGE),
    }
