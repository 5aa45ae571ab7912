"""What else a message is about: one copy to the unit, and never lost because that unit's mailbox is."""

from datetime import timedelta

from schemas.actions import Outcome
from schemas.alert import Level
from schemas.values import InboundKind
from tests.routing.scene import MINUTE, T0, absent, case, plan, policy, reported, undeliverable
from tests.routing.watch import Watch, people

DAY = timedelta(days=1)
KINDS = ("breach", str(InboundKind.CHILD_CONCERN))


def _copies(watch: Watch) -> list[str]:
    return people([alert for alert in watch.alerts if alert.obligation == "inbound.child_concern"])


def test_a_worry_for_a_child_is_told_at_once_and_once() -> None:
    """To the social duty line as a page, at night too; a second look tells nobody again."""
    night = T0 + 13 * 60 * MINUTE
    watch, record = Watch(plan(), policy()), case(Outcome.RISK, demands=[], facts=[reported(KINDS, night)])
    (told,) = watch.look(record, night)
    assert (told.recipient, told.level, told.not_before) == ("social-vagt", Level.PAGE, None)
    assert watch.look(record, night + MINUTE) == ()


def test_where_the_units_mailbox_is_gone_the_next_hears_at_once() -> None:
    """Each address that fails moves it on: caseworker, duty management, operations; each is told once."""
    watch, facts = Watch(plan(), policy()), [reported(KINDS)]
    watch.look(case(Outcome.RISK, demands=[], facts=facts), T0)
    for minutes in range(1, 6):
        last = watch.alerts[-1]
        facts.append(undeliverable(last, T0 + minutes * MINUTE))
        watch.look(case(Outcome.RISK, demands=[], facts=facts), T0 + minutes * MINUTE)
    assert _copies(watch) == ["social-vagt", "sagsbehandling", "ledelsesvagt", "drift-vagt"]


def test_a_state_of_the_version_before_tells_nobody_again() -> None:
    """It remembers the kind alone."""
    watch, record = Watch(plan(), policy()), case(Outcome.RISK, demands=[], facts=[reported(KINDS)])
    watch.look(record, T0)
    assert watch.state is not None
    watch.state = watch.state.model_copy(update={"copied": ("child_concern",)})
    assert watch.look(record, T0 + MINUTE) == ()


def test_who_advises_in_the_dpos_stead_is_told_in_the_role_that_is_held() -> None:
    """The DPO is away and has named nobody: the deputy reads where the complaint went, with a link as deputy."""
    complaint = reported(["complaint_decision"])
    watch = Watch(absent(plan(), "dpo", None, T0 + DAY), policy())
    watch.look(case(None, demands=[], facts=[complaint], stopped_by=complaint.fact_id), T0)
    (seen,) = (alert for alert in watch.alerts if alert.level is Level.DIGEST)
    assert (seen.recipient, seen.role) == ("dpo-vikar-1", "deputy")
