"""What one alert may take the place of, and what nothing may mute (design §9, inhibition)."""

from schemas.actions import Outcome
from schemas.alert import AlertKind, Level
from schemas.case import ObligationName
from schemas.values import Role
from tests.routing.scene import HOUR, MINUTE, T0, acknowledged, case, demand, plan, policy, silenced
from tests.routing.watch import Watch, people

OVERDUE = T0 + 72 * HOUR


def test_an_alert_takes_the_place_only_of_its_own_obligation_at_the_same_person() -> None:
    """The key that lets a newer one win differs by obligation, by person, and by case."""
    asked = [demand(), demand(ObligationName.DECIDE, role=Role.DECISION_MAKER)]
    watch = Watch(plan(), policy())
    watch.look(case(Outcome.RISK, demands=asked), T0)
    watch.until(case(Outcome.RISK, demands=asked), T0 + 5 * HOUR)
    keys = {(alert.obligation, alert.recipient): alert.supersedes for alert in watch.alerts}
    assert len(set(keys.values())) == len(keys) > 3
    other = case(Outcome.RISK).model_copy(update={"reference": "657-3HPXM-W4K8E-9"})
    (elsewhere,) = Watch(plan(), policy()).look(other, T0)
    assert elsewhere.supersedes not in keys.values()


def test_an_alert_about_the_platform_takes_nobodys_place() -> None:
    """Operations hear of a silent chain; the case's own alerts go on as if they had not."""
    watch, record = Watch(plan(), policy()), case(Outcome.HIGH_RISK)
    watch.look(record, T0)
    watch.until(record, T0 + 6 * HOUR)
    platform = [alert for alert in watch.alerts if alert.kind is AlertKind.PLATFORM]
    assert [alert.supersedes for alert in platform] == [None]
    later = [alert for alert in watch.alerts if alert.created_at > platform[0].created_at]
    assert {"dpo", "direktion"} <= set(people(later))


def test_nothing_mutes_overdue() -> None:
    """Neither a silence, nor yesterday's acknowledgement, nor that the case is one of a flood."""
    facts = [acknowledged("dpo", OVERDUE - MINUTE), silenced(OVERDUE + 20 * HOUR, OVERDUE - MINUTE)]
    asked = [demand(ObligationName.SUBMIT, role=Role.DECISION_MAKER, rung="deadline", due=OVERDUE)]
    record = case(Outcome.UNLIKELY_RISK, demands=asked, facts=facts).model_copy(update={"crowded": True})
    told = Watch(plan(), policy()).look(record, OVERDUE)
    assert {(alert.recipient, alert.level) for alert in told} == {("direktion", Level.PAGE), ("dpo", Level.PAGE)}


def test_a_chain_that_begins_again_at_one_moment_never_shares_an_alert() -> None:
    """Routing's clock may stand still while casework's, ahead of it, has the case overdue, and then decided against."""
    check = demand(ObligationName.PROTECTED_ADDRESS_CHECK, role=Role.CASEWORKER, rung="protected_address_check")
    overdue = demand(ObligationName.SUBMIT, role=Role.DECISION_MAKER, rung="overdue", due=OVERDUE)
    watch, now = Watch(plan(), policy()), OVERDUE + HOUR
    alone = watch.look(case(Outcome.HIGH_RISK, demands=[check]), now)
    assert watch.look(case(Outcome.HIGH_RISK, demands=[overdue, check]), now)
    again = watch.look(case(Outcome.UNLIKELY_RISK, demands=[check], stopped_by="decision"), now)
    assert {one.level for one in alone} == {Level.PAGE}
    assert {one.level for one in again} == {Level.DIGEST}
    assert again[0].recipient in people(alone)
    assert len({one.alert_id for one in watch.alerts}) == len(watch.alerts)
