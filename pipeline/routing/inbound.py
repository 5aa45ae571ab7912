"""What a message is about beside the breach: complaints, access requests, a security hole. A copy goes to the unit
named.

The breach part keeps its case and its clock; nothing here touches them. Source: domain.md §8, the municipalities'
pages.
"""

from collections.abc import Iterator
from datetime import datetime

from pipeline.plans.entitlement import present
from pipeline.plans.plan import ContactPlan
from pipeline.routing.alerts import NO_RUNG, alert_id
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord
from schemas.facts import REPORTS
from schemas.values import InboundKind, Role

OBLIGATION = "inbound"
_TOLD = frozenset(str(kind) for kind in REPORTS)
_AT_ONCE = {InboundKind.CHILD_CONCERN: Level.PAGE, InboundKind.SECURITY_HOLE: Level.ACT}
"""Danger to a child goes to the social duty line at once; an open hole is closed today. The rest waits for the office.
"""
_FALLBACK = (Role.CASEWORKER, Role.DUTY_MANAGEMENT, Role.OPERATIONS)


def other_kinds(case: CaseRecord) -> tuple[InboundKind, ...]:
    """Returns what the reports of the case are about beside a breach, in the contract's order."""
    named: set[str] = set()
    for fact in case.facts:
        if fact.kind in _TOLD and isinstance(concerns := fact.body.get("concerns"), list):
            named.update(str(one) for one in concerns)
    return tuple(kind for kind in InboundKind if kind is not InboundKind.BREACH and str(kind) in named)


def unit_for(kind: InboundKind, plan: ContactPlan, at: datetime) -> str | None:
    """Returns who gets messages of that kind: the unit that the plan names, else a caseworker, else whoever is left."""
    named = plan.delivery.inbound.get(kind)
    candidates = [named, *(holder for role in _FALLBACK for holder in plan.holders(role))]
    return next((there for one in candidates if one and (there := present(plan, one, at)) is not None), None)


def copies(case: CaseRecord, done: tuple[str, ...], plan: ContactPlan, now: datetime) -> Iterator[Alert]:
    """Yields one alert per other kind that was not passed on yet: it names the kind and the case, no content."""
    for kind in other_kinds(case):
        recipient = unit_for(kind, plan, now)
        if str(kind) in done or recipient is None:
            continue
        person, level = plan.delivery.people[recipient], _AT_ONCE.get(kind, Level.INFO)
        opening = now if level is Level.PAGE else plan.hours.quiet_outside.next_open(now)
        for channel in person.channels if level is Level.PAGE else person.channels[:1]:
            yield Alert(
                alert_id=alert_id(case.reference, OBLIGATION, str(kind), recipient, channel.name),
                kind=AlertKind.CASE,
                level=level,
                municipality=case.municipality,
                reference=case.reference,
                obligation=f"{OBLIGATION}.{kind}",
                rung=NO_RUNG,
                recipient=recipient,
                role=str(Role.CASEWORKER),
                channel=channel.name,
                language=person.language,
                created_at=now,
                not_before=opening if opening > now else None,
            )
