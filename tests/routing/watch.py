"""Runs routing through time as its stage does: at each wake-up and at each change of the case, and no other moment."""

from datetime import UTC, datetime

from pipeline.clock.policy import Policy
from pipeline.plans.plan import ContactPlan
from pipeline.routing.chain import ChainState
from pipeline.routing.found import Found
from pipeline.routing.route import route
from schemas.alert import Alert
from schemas.case import CaseRecord

MOST_LOOKS = 5_000
"""More would be a timer that never moves on."""


class Watch:
    """One case followed through time; every look is made twice, and the second must find nothing to do."""

    def __init__(self, plan: ContactPlan, policy: Policy) -> None:
        self.plan, self.policy = plan, policy
        self.state: ChainState | None = None
        self.alerts: list[Alert] = []
        self.found: list[Found] = []

    def look(self, case: CaseRecord | None, now: datetime) -> tuple[Alert, ...]:
        """Looks once at `now` and returns the new alerts."""
        routed = route(case, self.state, self.plan, self.policy, now)
        again = route(case, routed.state, self.plan, self.policy, now)
        assert again.alerts == (), "a second look at the same time tells nobody again"
        assert again.facts == ()
        assert again.state == routed.state
        self.state = routed.state
        self.alerts += routed.alerts
        self.found += routed.facts
        return routed.alerts

    def until(self, case: CaseRecord, end: datetime) -> list[Alert]:
        """Follows the timers of an unchanged case to `end` (excluded) and returns the alerts of that stretch."""
        told: list[Alert] = []
        for _ in range(MOST_LOOKS):
            wake_at = None if self.state is None else self.state.wake_at
            if wake_at is None or wake_at >= end.timestamp():
                return told
            told += self.look(case, datetime.fromtimestamp(wake_at, UTC))
        raise AssertionError("the chain's timer does not move on")


def people(alerts: list[Alert] | tuple[Alert, ...]) -> list[str]:
    """Returns who was told, in order."""
    return [alert.recipient for alert in alerts]
