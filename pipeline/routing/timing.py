"""When the next step is due: elapsed for `page`, working hours for `act`; and what quiet hours and silence delay."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pipeline.cases.kinds import of_kind
from pipeline.clock.policy import Policy
from pipeline.plans.plan import ContactPlan
from schemas.alert import Level
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.times import COPENHAGEN

_ONE_DAY = timedelta(days=1)


def next_step(
    level: Level, now: datetime, deadline: datetime | None, plan: ContactPlan, policy: Policy
) -> datetime | None:
    """Returns when silence moves the chain on; None where it does not climb (`digest`, `info`).

    `page`: elapsed time, whatever the hour. `act`: working hours of the municipality, but never more than the policy's
    share of the time left, elapsed.
    """
    if level is Level.PAGE:
        return now + policy.page_step
    if level is not Level.ACT:
        return None
    by_hours = plan.hours.working.after(now, policy.act_step)
    if deadline is None or deadline <= now:
        return by_hours
    return min(by_hours, now + (deadline - now) * policy.act_step_share_of_remaining)


def sendable_at(
    case: CaseRecord, level: Level, now: datetime, deadline: datetime | None, plan: ContactPlan, policy: Policy
) -> datetime:
    """Returns `now`, or the time until which a step at that level waits.

    Quiet hours never delay a `page`. They delay an `act` only if at the next opening the policy's reserve of the
    clock is left; without a running clock they always do. Silence delays everything below `page`.
    """
    if level is Level.PAGE:
        return now
    at = now
    while True:
        ends = silenced_until(case, at, deadline, policy)
        if ends is not None:
            at = ends
            continue
        opening = plan.hours.quiet_outside.next_open(at)
        if level is not Level.ACT or opening == at:
            return at
        if deadline is not None and deadline - opening < policy.act_reserve:
            return at
        at = opening


def silenced_until(case: CaseRecord, at: datetime, deadline: datetime | None, policy: Policy) -> datetime | None:
    """Returns when the silence that holds at `at` ends; None if none does."""
    return max((ends for starts, ends in silences(case, deadline, policy) if starts <= at < ends), default=None)


def silences(case: CaseRecord, deadline: datetime | None, policy: Policy) -> Iterator[tuple[datetime, datetime]]:
    """Yields from when until when each silence holds.

    A silence ends by its author's word, at most the policy's longest time after it was asked for, and never reaches
    into the last hours of the clock.
    """
    for fact in of_kind(case.facts, FactKind.ALERTS_SILENCED):
        stated = fact.body.get("until")
        if not isinstance(stated, str):
            continue
        ends = min(datetime.fromisoformat(stated), fact.recorded_at + policy.silence_max)
        yield fact.recorded_at, ends if deadline is None else min(ends, deadline - policy.silence_not_within)


def digest_at(now: datetime, policy: Policy, plan: ContactPlan) -> datetime:
    """Returns when the municipality's next daily digest goes out: the policy's local time, on a day that has hours."""
    day = now.astimezone(COPENHAGEN).date()
    while True:
        at = datetime.combine(day, policy.digest_time, COPENHAGEN).astimezone(UTC)
        if at >= now and plan.hours.quiet_outside.opens_on(day):
            return at
        day += _ONE_DAY
