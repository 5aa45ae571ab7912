"""What is counted and logged of a case that changed, once the change is committed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from pipeline import metrics
from pipeline.cases.casework import Change
from pipeline.cases.climb import Climbed
from pipeline.cases.sort import sort_of
from pipeline.clock.policy import ON_THE_LADDER
from pipeline.logging import TRACE_ID
from pipeline.routing.chain import Chain, ChainState
from schemas.case import CaseRecord, Obligation
from schemas.facts import REPORTS, Fact, FactKind
from schemas.heartbeat import is_beat

log = structlog.get_logger("agents.casework")
DEADLINE = "deadline"


def case_changed(before: CaseRecord | None, change: Change, duration_s: float) -> None:
    """Counts what is new in the case and writes its one line. A beat of the heart is in no count."""
    told = [receipt for receipt in change.receipts if not is_beat(receipt.municipality)]
    for receipt in told:
        metrics.OUTCOMES.labels(receipt.outcome).inc()
    for problem in (problem for fact, problem in change.refused if not is_beat(fact.municipality)):
        metrics.DEAD_LETTERS.labels("casework", problem.code).inc()
    record = change.record
    if record is None or not change.changed:
        return
    known = set() if before is None else {fact.fact_id for fact in before.facts}
    fresh = [fact for fact in record.facts if fact.fact_id not in known]
    if not is_beat(record.municipality):
        for fact in fresh:
            _count(record, fact)
        _count_opened(before, record)
        _count_filed(before, record)
        _count_settled(before, record)
    log.info(
        "case",
        stage="casework",
        reference=record.reference,
        status=record.status,
        outcome=record.outcome,
        facts=len(record.facts),
        new=sorted({fact.kind for fact in fresh}),
        demands=[f"{one.obligation}/{one.rung}" for one in record.demands],
        duration_ms=round(duration_s * 1000, 1),
    )


def rungs_reached(climbed: Sequence[tuple[str, Climbed]], batch_id: str) -> None:
    """Counts the rungs that a batch reached, and writes one line that names every case with its trace and its rungs."""
    for _, one in climbed:
        for fact in one.facts if not is_beat(one.municipality) else ():
            _count_rung(one.municipality, fact.rung, fact.late_s)
    if len(climbed) == 1:
        about: dict[str, object] = {TRACE_ID: climbed[0][0]}
    else:
        about = {"batch_id": batch_id, "traces": {one.reference: trace_id for trace_id, one in climbed}}
    log.info(
        "rungs",
        stage="casework",
        reached=sum(len(one.facts) for _, one in climbed),
        cases={one.reference: [fact.rung for fact in one.facts] for _, one in climbed},
        **about,
    )


def _count(record: CaseRecord, fact: Fact) -> None:
    if fact.kind in REPORTS:
        reporter = fact.body.get("reporter")
        role = str(reporter.get("role", "unknown")) if isinstance(reporter, dict) else "unknown"
        metrics.RECEIVED.labels(record.municipality, fact.event_type or "unreadable", role).inc()
        metrics.LAST_RECEIVED.labels(record.municipality).set(fact.recorded_at.timestamp())
    elif fact.kind == FactKind.RUNG_REACHED:
        late = fact.body.get("late_s")
        late_s = float(late) if isinstance(late, int | float) else 0.0
        _count_rung(record.municipality, str(fact.body.get("rung")), late_s)


def _count_rung(municipality: str, rung: str, late_s: float) -> None:
    metrics.LATENESS.observe(late_s)
    if rung == DEADLINE:
        metrics.MISSED.labels(municipality).inc()


def _count_opened(before: CaseRecord | None, record: CaseRecord) -> None:
    """Counts a case once, when its first report stands."""
    if before is not None and any(fact.kind in REPORTS for fact in before.facts):
        return
    opening = next((fact for fact in record.facts if fact.kind in REPORTS), None)
    if opening is not None:
        sort = sort_of(opening)
        metrics.OPENED.labels(sort.kind, sort.channel, sort.department).inc()


def _count_filed(before: CaseRecord | None, record: CaseRecord) -> None:
    """Counts the first notification of each clock, as in time or not."""
    filed = {} if before is None else {clock.policy: clock.submitted_at for clock in before.clocks}
    for clock in record.clocks:
        if clock.submitted_at is not None and filed.get(clock.policy) is None:
            in_time = "yes" if clock.submitted_at <= clock.deadline_at else "no"
            metrics.FILINGS.labels(record.municipality, in_time).inc()


def _count_settled(before: CaseRecord | None, record: CaseRecord) -> None:
    """Observes how long after awareness each act of the ladder was settled, when it first is."""
    if record.awareness is None:
        return
    earlier = _settled(() if before is None else before.obligations)
    for name, fact_id in _settled(record.obligations).items():
        fact = next((one for one in record.facts if one.fact_id == fact_id), None)
        if name not in earlier and fact is not None:
            waited = (fact.occurred_at - record.awareness.aware_at).total_seconds()
            metrics.TIME_TO[name].observe(max(0.0, waited))


def _settled(obligations: Iterable[Obligation]) -> dict[str, str]:
    return {
        str(one.name): one.settled_by for one in obligations if one.name in ON_THE_LADDER and one.settled_by is not None
    }


def chains_looked_at(municipality: str, before: ChainState | None, after: ChainState | None, now: datetime) -> None:
    """Counts the steps that chains climbed beyond their first, and the acknowledgements that ran out by `now` while what
    they were about is still owed.
    """
    if is_beat(municipality) or after is None:
        return
    known = () if before is None else before.chains
    for chain in after.chains:
        earlier = next((one for one in known if _same(one, chain) and one.started_at == chain.started_at), None)
        if chain.step > 1 and (earlier is None or (chain.round, chain.step) > (earlier.round, earlier.step)):
            metrics.ESCALATIONS.labels(str(chain.step)).inc()
    for chain in known:
        until = chain.acknowledged_until
        again = next((one for one in after.chains if _same(one, chain)), None)
        if until is not None and until <= now and again is not None and again.acknowledged_until is None:
            metrics.ACKNOWLEDGEMENTS_EXPIRED.labels(municipality).inc()


def _same(one: Chain, other: Chain) -> bool:
    asks, asked = ((it.obligation, it.clock, it.rung, it.rung_due_at) for it in (one, other))
    return asks == asked
