"""Every alert is raised once and stands in the delivery log."""

from collections import Counter
from collections.abc import Iterator

from pipeline.audit.evidence import Evidence, written
from pipeline.audit.finding import Code, Finding, Severity
from schemas.alert import AlertKind


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields alert ids that came twice, and alerts that delivery read and did not write into its log."""
    # An erasure is told on both partitions where a case's alerts can lie, under one id
    people = (one.value.alert_id for one in evidence.alerts if one.value.kind is not AlertKind.GONE)
    for alert_id, number in Counter(people).items():
        if number > 1:
            yield Finding(
                Code.ALERT_TWICE,
                Severity.WARNING,
                alert_id,
                f"the alert was raised {number} times",
                "nobody was told twice: delivery's log has one row for it. Report the fault in routing",
            )
    for lying in evidence.alerts:
        alert, snapshot = lying.value, evidence.snapshot
        if alert.kind is AlertKind.GONE or alert.alert_id in evidence.deliveries or alert.reference in evidence.erased:
            continue
        if snapshot.is_fresh(lying.seen.timestamp_ms) or not evidence.positions.handled(lying.seen):
            continue
        yield Finding(
            Code.ALERT_NOT_IN_LOG,
            Severity.CRITICAL,
            alert.alert_id,
            f"delivery has read the alert at {written(lying.seen)}, and its log has no row for it",
            "telephone the role that the alert names; `brudvagt case` shows the case",
        )
