"""Promise 3: what a case demands of a person now stands in the delivery log, sent or waiting with a reason."""

from collections.abc import Iterator, Sequence

from pipeline.audit.evidence import ChainSeen, Evidence, Lying
from pipeline.audit.finding import Code, Finding, Severity
from schemas.alert import Alert, Level
from schemas.case import CaseRecord, Demand, Status
from schemas.delivery import Delivery, DeliveryStatus

_LADDER = frozenset({"acknowledge", "advise", "decide", "submit"})


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields demands of open cases that nobody was told of, and those of which every alert was given up.

    No finding: routing has not read the case's last change; the chain waits for an acknowledgement's end or, below
    `page`, for quiet hours to end; the case is one of many unreadable events and has time left.
    """
    deliveries = _by_reference([one.value for one in evidence.deliveries.values()])
    coming = {one.value.reference for one in evidence.alerts if not evidence.positions.handled(one.seen)}
    for reference, lying in evidence.cases.items():
        record = lying.value
        under_way = (
            not evidence.positions.handled(lying.seen)
            or evidence.snapshot.is_fresh(lying.seen.timestamp_ms)
            or reference in coming
        )
        if record.status is not Status.OPEN or under_way:
            continue
        for demand in record.demands:
            told = [one for one in deliveries.get(reference, ()) if _is_for(one.alert, demand, evidence)]
            if not told and not _may_wait(evidence, lying, demand):
                yield Finding(
                    Code.DEMAND_WITHOUT_ALERT,
                    Severity.CRITICAL,
                    reference,
                    f"{demand.obligation} is owed since rung {demand.rung}, and nobody has been told",
                    "telephone who owes it (the contact plan names them); then look at routing's log",
                )
            elif told and all(one.status is DeliveryStatus.GIVEN_UP for one in told) and not _climbs(evidence, lying):
                yield Finding(
                    Code.DEMAND_REACHED_NOBODY,
                    Severity.CRITICAL,
                    reference,
                    f"every alert about {demand.obligation} at rung {demand.rung} was given up",
                    "telephone who owes it; mend the channel or the address in the contact plan",
                )


def _by_reference(found: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    grouped: dict[str, list[Delivery]] = {}
    for one in found:
        if one.alert.reference is not None:
            grouped.setdefault(one.alert.reference, []).append(one)
    return grouped


def _is_for(alert: Alert, demand: Demand, evidence: Evidence) -> bool:
    since = demand.rung_due_at - evidence.snapshot.patience  # another worker's clock may be a little behind
    about = (alert.obligation, alert.rung) == (demand.obligation, demand.rung) and alert.created_at >= since
    return about or demand.obligation in alert.also


def _may_wait(evidence: Evidence, lying: Lying[CaseRecord], demand: Demand) -> bool:
    latest = evidence.snapshot.now - evidence.snapshot.patience
    chain = _chain(evidence, lying.value.reference, demand)
    if chain is None:
        crowded = lying.value.crowded and not _little_time(evidence, lying.value)
        return crowded or _spoken_for(evidence, lying.value.reference)
    if chain.acknowledged_until is not None and chain.acknowledged_until > latest:
        return True
    quiet = chain.level != Level.PAGE and not chain.told
    return quiet and chain.next_at is not None and chain.next_at > latest


def _spoken_for(evidence: Evidence, reference: str) -> bool:
    """Whether the alarm of the case's clock is still climbing: its next alert names everything that is owed."""
    row = evidence.chains.get(reference)
    latest = evidence.snapshot.now - evidence.snapshot.patience
    found = () if row is None else row.value.chains
    return any(one.obligation in _LADDER and one.next_at is not None and one.next_at > latest for one in found)


def _chain(evidence: Evidence, reference: str, demand: Demand) -> ChainSeen | None:
    row = evidence.chains.get(reference)
    key = (demand.obligation, demand.clock, demand.rung, demand.rung_due_at)
    chains = () if row is None else row.value.chains
    return next((one for one in chains if (one.obligation, one.clock, one.rung, one.rung_due_at) == key), None)


def _little_time(evidence: Evidence, record: CaseRecord) -> bool:
    spans = {policy.id: policy.page_within for policy in evidence.snapshot.policies}
    longest = max(spans.values(), default=None)
    for clock in record.clocks:
        within = spans.get(clock.policy, longest)
        if clock.stopped_by is None and (within is None or clock.deadline_at - evidence.snapshot.now <= within):
            return True
    return False


def _climbs(evidence: Evidence, lying: Lying[CaseRecord]) -> bool:
    """Whether the chain still has somebody to go on to: then the next step is its answer to a failed delivery."""
    row = evidence.chains.get(lying.value.reference)
    latest = evidence.snapshot.now - evidence.snapshot.patience
    return row is not None and any(one.next_at is not None and one.next_at > latest for one in row.value.chains)
