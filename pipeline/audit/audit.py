"""One audit: every check over one snapshot, and the figures that a person wants beside the findings."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.audit import (
    alerts,
    deadletters,
    deadlines,
    demands,
    inputs,
    nextsteps,
    privacy,
    receipts,
    reports,
    stories,
    tenants,
    unreadable,
)
from pipeline.audit.evidence import Evidence, gather
from pipeline.audit.finding import Finding, Severity
from pipeline.audit.snapshot import Snapshot
from schemas.case import Status
from schemas.delivery import DeliveryStatus
from schemas.receipt import IngressOutcome

CHECKS: Sequence[Callable[[Evidence], Iterable[Finding]]] = (
    unreadable.check,
    receipts.check,
    reports.check,
    deadlines.check,
    nextsteps.check,
    demands.check,
    alerts.check,
    stories.check,
    privacy.check,
    tenants.check,
    deadletters.check,
    inputs.check,
)
"""In the order in which a person should read what they find."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, so that "nothing found" says in how much."""

    records: int
    received: int
    outcomes: dict[str, int]
    in_flight: int
    cases: int
    open_cases: int
    awaited: int
    alerts: int
    deliveries: dict[str, int]
    dead_letters: int
    dead_letters_open: int
    waiting: dict[str, inputs.Waiting]

    @property
    def sentence(self) -> str:
        """The balance in words."""
        parts = " + ".join(f"{number} {outcome}" for outcome, number in self.outcomes.items())
        return f"received {self.received} = {parts} + {self.in_flight} in flight"


@dataclass(frozen=True, slots=True)
class Report:
    """The result: findings, the worst first, and figures."""

    taken_at: datetime
    findings: tuple[Finding, ...]
    figures: Figures


def audit(snapshot: Snapshot) -> Report:
    """Returns everything that is not as it should be in `snapshot`. Pure: the same snapshot gives the same report."""
    evidence = gather(snapshot)
    found = [finding for check in CHECKS for finding in check(evidence)]
    ranked = sorted(found, key=lambda one: one.severity is not Severity.CRITICAL)
    return Report(snapshot.now, tuple(ranked), _figures(evidence))


def _figures(evidence: Evidence) -> Figures:
    balance, letters = receipts.balance(evidence), deadletters.letters(evidence)
    statuses = Counter(one.value.status for one in evidence.deliveries.values())
    return Figures(
        records=len(evidence.snapshot.records),
        received=balance.received,
        outcomes={str(outcome): balance.outcomes[outcome] for outcome in IngressOutcome},
        in_flight=balance.in_flight,
        cases=len(evidence.cases),
        open_cases=sum(one.value.status is Status.OPEN for one in evidence.cases.values()),
        awaited=len(evidence.awaited),
        alerts=len(evidence.alerts),
        deliveries={str(status): statuses[status] for status in DeliveryStatus if statuses[status]},
        dead_letters=letters.all,
        dead_letters_open=len(letters.open),
        waiting=inputs.waiting(evidence),
    )
