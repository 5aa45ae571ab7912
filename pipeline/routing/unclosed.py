"""A case on which nothing is owed any more: the DPO reads in the morning's digest that it can be closed.

No chain climbs for it and nobody is woken: a month later it asks again (decision 021). The alert is raised shortly before
the digest that brings it, so that none says of a case that nobody has closed it when somebody has.
"""

from datetime import datetime, timedelta
from typing import Final

from pipeline.cases.settled import UNCLOSED
from pipeline.clock.policy import Policy
from pipeline.plans.entitlement import advisers
from pipeline.plans.plan import ContactPlan
from pipeline.routing.alerts import alert_id
from pipeline.routing.chain import Unclosed
from pipeline.routing.look import undeliverable
from pipeline.routing.timing import digest_at
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord
from schemas.values import Role

AHEAD: Final = timedelta(minutes=15)
"""So long before the digest the case is looked at once more."""


def remind_to_close(
    case: CaseRecord, told: Unclosed | None, plan: ContactPlan, policy: Policy, now: datetime
) -> tuple[Unclosed | None, tuple[Alert, ...]]:
    """Returns what to remember of the case's last reminder to close it, and the alert that is due.

    `told` is what was remembered. One person is told of each reminder: the DPO, or a deputy; where it cannot be
    delivered, the next; where nobody is there, whoever is on another morning. Of many unreadable events in one hour
    (`crowded`) none asks: their producer's tally was told.
    """
    asked_at = None if case.settled is None else case.settled.asked_at
    if asked_at is None or case.crowded:
        return None, ()
    before = told if told is not None and told.asked_at == asked_at else Unclosed(asked_at=asked_at)
    if set(before.alert_ids) - undeliverable(case):
        return before.having(look_at=None), ()
    at = digest_at(now, policy, plan)
    if at - now > AHEAD:
        return before.having(look_at=at - AHEAD), ()
    due = [_alert(case, asked_at, one, role, plan, now, at) for one, role in advisers(plan, now).items()]
    alert = next((one for one in due if one.alert_id not in before.alert_ids), None)
    if alert is not None:
        return before.having(look_at=None, alert_ids=(*before.alert_ids, alert.alert_id)), (alert,)
    if due:
        return before.having(look_at=None), ()  # it reached none of them: the next reminder is another alert
    return before.having(look_at=digest_at(at + AHEAD, policy, plan) - AHEAD), ()


def _alert(
    case: CaseRecord, asked_at: datetime, recipient: str, role: Role, plan: ContactPlan, now: datetime, at: datetime
) -> Alert:
    person = plan.delivery.people[recipient]
    channel = person.channels[0].name
    return Alert(
        alert_id=alert_id(case.reference, UNCLOSED, asked_at.timestamp(), recipient, channel),
        kind=AlertKind.CASE,
        level=Level.DIGEST,
        municipality=case.municipality,
        reference=case.reference,
        obligation=UNCLOSED,
        rung=UNCLOSED,
        recipient=recipient,
        role=str(role),
        channel=channel,
        language=person.language,
        created_at=now,
        not_before=at if at > now else None,
        supersedes=alert_id(case.reference, UNCLOSED, recipient, channel),
    )
