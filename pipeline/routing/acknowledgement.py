"""Who has acknowledged, and until when that holds. Reading is not acknowledging, and no acknowledgement touches a
clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.kinds import of_kind
from pipeline.clock.policy import Policy
from schemas.case import CaseRecord
from schemas.facts import FactKind


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One person's acknowledgement: when it reached the municipality and when it stops holding."""

    local_id: str
    at: datetime
    until: datetime


def acknowledgements(
    case: CaseRecord, since: datetime, deadline: datetime | None, policy: Policy, now: datetime
) -> tuple[Acknowledgement, ...]:
    """Returns those made from `since` on that still hold at `now`.

    How long one holds follows from the time left when it was made (the policy's minimum, maximum, share; another figure
    once overdue); without a running deadline it holds for the maximum. One made before `since`, the rung's due time,
    was about an earlier rung: a new rung asks again.
    """
    found = []
    for fact in of_kind(case.facts, FactKind.ALERT_ACKNOWLEDGED):
        if not since <= fact.recorded_at <= now:
            continue
        until = expiry(fact.recorded_at, deadline, policy)
        if until > now:
            found.append(Acknowledgement(fact.by.local_id, fact.recorded_at, until))
    return tuple(found)


def expiry(at: datetime, deadline: datetime | None, policy: Policy) -> datetime:
    """Returns until when an acknowledgement made `at` holds (design §9)."""
    rule = policy.acknowledgement
    return at + (rule.max if deadline is None else rule.holds_for(deadline - at))


def latest(found: Iterable[Acknowledgement]) -> datetime | None:
    """Returns when the last of them ends, or None where there is none."""
    return max((one.until for one in found), default=None)
