"""What a message is about beside the breach: complaints, access requests, a security hole. A copy goes to the unit named.

The breach part keeps its case and its clock; nothing here touches them. What holds no breach has its clock stopped by
its own report (`pipeline.cases.flow`): the unit hears of it, and nobody is asked to act on a breach.
Source: domain.md §8, the municipalities' pages.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline.cases.kinds import of_kind, of_kinds
from pipeline.clock.policy import Policy
from pipeline.plans.entitlement import advisers, present
from pipeline.plans.plan import Channel, ContactPlan
from pipeline.routing.alerts import NO_RUNG, alert_id
from pipeline.routing.look import undeliverable
from pipeline.routing.timing import digest_at
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord
from schemas.facts import REPORTS, FactKind
from schemas.values import InboundKind, Role

OBLIGATION = "inbound"
_TOLD = frozenset(str(kind) for kind in REPORTS)
NO_BREACH = "no_breach"
"""The reason beside a copy of what has left the breach flow."""

_AT_ONCE = {InboundKind.CHILD_CONCERN: Level.PAGE, InboundKind.SECURITY_HOLE: Level.ACT}
"""Danger to a child goes to the social duty line at once; an open hole is closed today. The rest waits for the office.
"""
_FALLBACK = (Role.CASEWORKER, Role.DUTY_MANAGEMENT, Role.OPERATIONS)


def other_kinds(case: CaseRecord) -> tuple[InboundKind, ...]:
    """Returns what the reports of the case are about beside a breach, in the contract's order."""
    named: set[str] = set()
    for fact in of_kinds(case.facts, _TOLD):
        if isinstance(concerns := fact.body.get("concerns"), list):
            named.update(str(one) for one in concerns)
    return (
        ()
        if not named
        else tuple(kind for kind in InboundKind if kind is not InboundKind.BREACH and str(kind) in named)
    )


def unit_for(kind: InboundKind, plan: ContactPlan, at: datetime) -> str | None:
    """Returns who gets messages of that kind: the unit that the plan names, else a caseworker, else whoever is left."""
    return next(iter(_candidates(kind, plan, at)), None)


def _candidates(kind: InboundKind, plan: ContactPlan, at: datetime) -> Iterable[str]:
    named = plan.delivery.inbound.get(kind)
    listed = [named, *(holder for role in _FALLBACK for holder in plan.holders(role))]
    return dict.fromkeys(there for one in listed if one and (there := present(plan, one, at)) is not None)


def copies(
    case: CaseRecord, done: tuple[str, ...], plan: ContactPlan, policy: Policy, now: datetime
) -> Iterator[Alert]:
    """Yields one alert per other kind that was not passed on yet: it names the kind and the case, no content. Where it
    could not be delivered to the unit, the next who can take it is told. `done` holds what `passed_on` says of earlier
    ones.

    A case that is nothing else has left the breach flow; the DPO then reads in the next digest where it went, so that a
    second pair of eyes sees what a sender may have called by a wrong name.
    """
    kinds = other_kinds(case)
    if not kinds:
        return  # nearly every look
    left, lost = left_the_flow(case), undeliverable(case)
    for kind in kinds:
        level = _AT_ONCE.get(kind, Level.INFO)
        candidates = _candidates(kind, plan, now)
        reachable = (one for one in candidates if not _ids(case, kind, one, level, plan) <= lost)
        recipient = next(reachable, None)
        again = str(kind) in done
        if recipient is None or (again and (recipient == next(iter(candidates)) or f"{kind}>{recipient}" in done)):
            continue
        opening = now if level is Level.PAGE else plan.hours.quiet_outside.next_open(now)
        yield from _copy(case, kind, recipient, Role.CASEWORKER, level, plan, now, opening, left)
        overseers = advisers(plan, now) if left and not again else {}
        for overseer, role in list(overseers.items())[:1]:
            if overseer != recipient:
                at = digest_at(now, policy, plan)
                yield from _copy(case, kind, overseer, role, Level.DIGEST, plan, now, at, left)


def passed_on(alerts: Iterable[Alert]) -> tuple[str, ...]:
    """Returns what to remember of copies that went out: each kind, and each kind with whom it went to."""
    kinds = [(alert.obligation.removeprefix(f"{OBLIGATION}."), alert.recipient) for alert in alerts]
    return tuple(dict.fromkeys(word for kind, who in kinds for word in (kind, f"{kind}>{who}")))


def left_the_flow(case: CaseRecord) -> bool:
    """Whether the case is no breach by its sender's own word: a report stopped its clock."""
    stopped = {clock.stopped_by for clock in case.clocks}
    return any(fact.fact_id in stopped for fact in of_kind(case.facts, FactKind.REPORT_RECEIVED))


def _channels(level: Level, recipient: str, plan: ContactPlan) -> tuple[Channel, ...]:
    channels = plan.delivery.people[recipient].channels
    return channels if level is Level.PAGE else channels[:1]


def _ids(case: CaseRecord, kind: InboundKind, recipient: str, level: Level, plan: ContactPlan) -> frozenset[str]:
    return frozenset(
        alert_id(case.reference, OBLIGATION, str(kind), recipient, channel.name)
        for channel in _channels(level, recipient, plan)
    )


def _copy(
    case: CaseRecord,
    kind: InboundKind,
    recipient: str,
    role: Role,
    level: Level,
    plan: ContactPlan,
    now: datetime,
    opening: datetime,
    left: bool,
) -> Iterator[Alert]:
    person = plan.delivery.people[recipient]
    for channel in _channels(level, recipient, plan):
        yield Alert(
            alert_id=alert_id(case.reference, OBLIGATION, str(kind), recipient, channel.name),
            kind=AlertKind.CASE,
            level=level,
            municipality=case.municipality,
            reference=case.reference,
            obligation=f"{OBLIGATION}.{kind}",
            rung=NO_RUNG,
            recipient=recipient,
            role=str(role),
            channel=channel.name,
            why=(NO_BREACH,) if left else (),
            language=person.language,
            created_at=now,
            not_before=opening if opening > now else None,
        )
