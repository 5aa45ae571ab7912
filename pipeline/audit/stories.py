"""Every alert's story in the delivery log ends, or has a time at which it goes on."""

from collections.abc import Iterator

from pipeline.audit.evidence import Evidence, Lying
from pipeline.audit.finding import Code, Finding, Severity
from schemas.delivery import Delivery, DeliveryStatus
from schemas.facts import FactKind

_ENDED = frozenset({DeliveryStatus.SENT, DeliveryStatus.GIVEN_UP, DeliveryStatus.SUPERSEDED})


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields stories that contradict themselves, that stand still, and failures that the case was never told of."""
    newest = _newest(evidence)
    told = _told_of_failure(evidence)
    for lying in evidence.deliveries.values():
        one = lying.value
        yield from _contradiction(lying)
        if one.status not in _ENDED:
            yield from _stuck(evidence, lying)
        elif one.status is DeliveryStatus.GIVEN_UP and one.alert.alert_id not in told:
            yield from _not_told(evidence, lying)
        if one.status is DeliveryStatus.SUPERSEDED and newest.get(one.alert.supersedes or "") == one.alert.alert_id:
            yield Finding(
                Code.SUPERSEDED_BY_NOTHING,
                Severity.CRITICAL,
                one.alert.alert_id,
                "the alert was left out for a newer one, and there is no newer one",
                "telephone the role that the alert names",
            )


def _contradiction(lying: Lying[Delivery]) -> Iterator[Finding]:
    one = lying.value
    ended, has_next = one.status in _ENDED, one.next_at is not None
    untold = one.status is DeliveryStatus.SENT and one.sent_at is None
    if ended == has_next or untold:
        wrong = "says sent and not when" if untold else "is over and goes on" if ended else "goes on and has no time"
        yield Finding(
            Code.STORY_CONTRADICTS,
            Severity.WARNING if ended else Severity.CRITICAL,
            one.alert.alert_id,
            f"the story ({one.status}) {wrong}",
            "if the alert is not sent, telephone the role that it names; then report the fault in delivery",
        )


def _stuck(evidence: Evidence, lying: Lying[Delivery]) -> Iterator[Finding]:
    snapshot, next_at = evidence.snapshot, lying.value.next_at
    late = next_at is not None and next_at < (snapshot.now - snapshot.patience).timestamp()
    if late and not snapshot.is_fresh(lying.seen.timestamp_ms):
        yield Finding(
            Code.STORY_STUCK,
            Severity.CRITICAL,
            lying.value.alert.alert_id,
            f"the alert ({lying.value.status}) should have gone on before now, and did not",
            "is the worker `alerting` up? Until it is, telephone the role that the alert names",
        )


def _not_told(evidence: Evidence, lying: Lying[Delivery]) -> Iterator[Finding]:
    reference = lying.value.alert.reference
    case = None if reference is None else evidence.cases.get(reference)
    if case is None or reference in evidence.on_their_way or evidence.snapshot.is_fresh(lying.seen.timestamp_ms):
        return
    if str(FactKind.ALERT_UNDELIVERABLE) in case.value.trimmed:
        return  # of hundreds of failures the case keeps only the ids
    yield Finding(
        Code.FAILURE_NOT_TOLD,
        Severity.CRITICAL,
        lying.value.alert.alert_id,
        f"the alert was given up, and its case {reference} does not know: nobody else is asked in that person's place",
        "telephone the next person on the chain; the contact plan names them",
    )


def _told_of_failure(evidence: Evidence) -> set[str]:
    return {
        str(fact.body.get("alert_id"))
        for lying in evidence.cases.values()
        for fact in lying.value.facts
        if fact.kind == FactKind.ALERT_UNDELIVERABLE
    }


def _newest(evidence: Evidence) -> dict[str, str]:
    """Returns the newest alert of each obligation, person and channel."""
    alerts = sorted((one.value.alert for one in evidence.deliveries.values()), key=lambda a: (a.created_at, a.alert_id))
    return {alert.supersedes: alert.alert_id for alert in alerts if alert.supersedes is not None}
