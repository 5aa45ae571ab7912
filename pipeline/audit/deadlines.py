"""Promise 2: no deadline lies later than the first signal plus the law's hours unless a person said so, with a reason.

Worked out anew from the facts and the policy files. Sources: GDPR Art. 33(1); guidelines 9/2022 para 34 (the short
investigation); design §5.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pipeline.audit.evidence import Evidence
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.audit.moves import moves_later
from pipeline.audit.policies import PolicyFile
from schemas.case import Awareness, CaseRecord, LegalClock
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

_TOLD = frozenset(str(kind) for kind in REPORTS)
_MOVERS = frozenset({str(FactKind.AWARENESS_CORRECTED), str(FactKind.POLICY_CHOSEN)})
_MOVERS_OF_AN_INCIDENT = frozenset({str(FactKind.AWARENESS_CORRECTED), str(FactKind.INCIDENT_STATED)})
"""Of a second clock: with the early warning filed, the notification is due next (NIS 2, decision 014)."""
_NOT_PEOPLE = frozenset({Role.MACHINE, Role.SENDER})


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields every clock that runs longer than it may, and every move to later that no person stands for."""
    for record in (lying.value for lying in evidence.cases.values()):
        aware = record.awareness
        if aware is None:
            continue
        yield from _awareness(record, aware, evidence.snapshot.policies)
        for clock in record.clocks:
            yield from _clock(record, aware, clock, evidence.snapshot.policies)
    for before, after in (pair for pairs in evidence.moved.values() for pair in pairs):
        yield from _moved(before, after)


def _clock(
    record: CaseRecord, aware: Awareness, clock: LegalClock, policies: Sequence[PolicyFile]
) -> Iterator[Finding]:
    lengths = {policy.deadline for policy in policies if policy.id == clock.policy}
    if timedelta(hours=clock.hours) not in lengths:
        yield _finding(
            Code.UNKNOWN_HOURS,
            record,
            f"the clock counts {clock.hours:g} hours, and no released file of {clock.policy} says so",
        )
    longest = max(lengths, default=timedelta(hours=clock.hours))
    begins = min(
        (one.starts_at for one in policies if one.id == clock.policy and one.starts_at is not None), default=None
    )
    aware_at, signal_at = (
        max(at, begins or at) for at in (aware.aware_at, aware.signal_at)
    )  # no duty is older than its law
    if clock.deadline_at > aware_at + longest or clock.amber_at > signal_at + longest:
        yield _finding(
            Code.DEADLINE_TOO_LATE,
            record,
            f"the deadline {clock.deadline_at.isoformat()} is later than awareness plus the policy's hours",
        )


def _awareness(record: CaseRecord, aware: Awareness, policies: Sequence[PolicyFile]) -> Iterator[Finding]:
    told = [fact for fact in record.facts if fact.kind in _TOLD]
    signals = [at for fact in told for at in _signals(fact, policies)]
    if signals and aware.signal_at > min(signals):
        yield _finding(
            Code.SIGNAL_IGNORED,
            record,
            f"a report was in the system at {min(signals).isoformat()}, before the signal that the case counts from",
        )
    if aware.aware_at <= aware.signal_at:
        return
    correction = next((fact for fact in record.facts if fact.fact_id == aware.corrected_by), None)
    if correction is None or correction.kind != FactKind.AWARENESS_CORRECTED or correction.by.role in _NOT_PEOPLE:
        yield _finding(
            Code.AWARENESS_WITHOUT_PERSON,
            record,
            "awareness counts from later than the first signal, and nobody said so",
        )
        return
    limit = _limit(correction, aware, told, policies)
    if limit is not None and aware.aware_at > limit:
        yield _finding(
            Code.AWARENESS_OVER_LIMIT,
            record,
            f"a correction moved awareness to {aware.aware_at.isoformat()}; it may go to {limit.isoformat()} at most",
        )


def _signals(fact: Fact, policies: Sequence[PolicyFile]) -> Iterator[datetime]:
    """Yields when the municipality's own systems had a report; a claim before any law began is a slip of the pen."""
    yield fact.recorded_at
    begins = min((policy.starts_at for policy in policies if policy.starts_at is not None), default=None)
    form = fact.form_recorded_at
    if form is not None and begins is not None and form >= begins:
        yield form


def _limit(correction: Fact, aware: Awareness, told: Sequence[Fact], policies: Sequence[PolicyFile]) -> datetime | None:
    """Returns the latest awareness that a correction on its ground can give; None if it cannot be known."""
    if correction.body.get("ground") == "clerical_error":
        return min((fact.recorded_at for fact in told), default=None)
    caps = [policy.awareness_cap for policy in policies if policy.starts_at is not None]
    return aware.signal_at + max(caps) if caps else None


def _moved(before: CaseRecord, after: CaseRecord) -> Iterator[Finding]:
    known = {fact.fact_id for fact in before.facts}
    said = [fact for fact in after.facts if fact.fact_id not in known and fact.by.role not in _NOT_PEOPLE]
    for earlier, later in moves_later(before, after):
        first = earlier is before.clocks[0]
        if not any(fact.kind in _MOVERS if first else _moves_an_incident(fact) for fact in said):
            yield _finding(
                Code.DEADLINE_MOVED,
                after,
                f"the deadline of {later.policy} moved from {earlier.deadline_at.isoformat()} to "
                f"{later.deadline_at.isoformat()}, and no person's fact that may move it came with it",
            )


def _moves_an_incident(fact: Fact) -> bool:
    """Whether a person's fact may move the second clock: of what is said of an incident, the filing of a step alone, after
    which the next step's deadline runs.
    """
    filed = fact.kind != FactKind.INCIDENT_STATED or fact.body.get("filed") is not None
    return fact.kind in _MOVERS_OF_AN_INCIDENT and filed


def _finding(code: Code, record: CaseRecord, sentence: str) -> Finding:
    return Finding(
        code,
        Severity.CRITICAL,
        record.reference,
        sentence,
        "count by hand from the first signal, and tell the DPO the earlier deadline today",
    )
