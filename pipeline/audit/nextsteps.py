"""Every open case has a next step ahead of it, and no timer lies behind us."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.audit.evidence import Evidence
from pipeline.audit.finding import Code, Finding, Severity
from schemas.case import Status


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields open cases that will never wake, and cases and chains whose time has passed.

    Casework opens a closed case whose clock runs again, and looks again at one on which nothing is owed; a version from before
    26 November 2026 did neither. What it let sleep with nothing owed is no finding: casework looks at it when it starts.
    """
    snapshot = evidence.snapshot
    latest = (snapshot.now - snapshot.patience).timestamp()
    for reference, lying in (*evidence.cases.items(), *evidence.awaited.items()):
        record = lying.value
        owes = any(one.settled_by is None for one in record.obligations)
        runs = any(clock.stopped_by is None for clock in record.clocks)
        if record.wake_at is None:
            asks = owes or runs or record.settled is not None  # asleep and settled: a row of an earlier version
            if record.status is Status.AWAITED or (record.status is Status.OPEN and asks):
                yield Finding(
                    Code.NO_NEXT_STEP,
                    Severity.CRITICAL,
                    reference,
                    "the case is open, and no time is set at which it is looked at again",
                    "tell the DPO of this case by telephone; then report the fault with the case's record",
                )
            elif record.status is Status.CLOSED and runs:
                yield Finding(
                    Code.NO_NEXT_STEP,
                    Severity.CRITICAL,
                    reference,
                    "the case is closed although a clock of it runs: what it was closed on was taken back",
                    "tell the DPO of this case by telephone; any act on it, such as advise, has it looked at and opened",
                )
        elif record.wake_at < latest and not snapshot.is_fresh(lying.seen.timestamp_ms):
            yield Finding(
                Code.CASE_STUCK,
                Severity.CRITICAL,
                reference,
                f"the case should have been looked at {_since(record.wake_at, snapshot.now)} ago, and was not",
                "is the worker `casework` up? Its log names timers that keep failing (parked)",
            )
    for reference, row in evidence.chains.items():
        wake_at = row.value.wake_at
        if wake_at is not None and wake_at < latest and not snapshot.is_fresh(row.seen.timestamp_ms):
            yield Finding(
                Code.CHAIN_STUCK,
                Severity.CRITICAL,
                reference,
                f"the next person on the chain should have been told {_since(wake_at, snapshot.now)} ago",
                "is the worker `alerting` up? Until it is, telephone the people on the chain in the contact plan",
            )


def _since(wake_at: float, now: datetime) -> str:
    minutes = int((now - datetime.fromtimestamp(wake_at, UTC)).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"
