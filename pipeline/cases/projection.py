"""The projection of a case: from its facts to the record that readers see. Pure; their order does not matter."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from pipeline.cases import ladder
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.duties import duties
from pipeline.cases.flow import elsewhere
from pipeline.cases.kinds import last_of, of_kind, of_kinds
from pipeline.cases.settled import closing, settled
from pipeline.cases.status import standing
from pipeline.cases.tally import CROWDED
from pipeline.cases.union import in_order
from schemas.case import CaseRecord, LegalClock, Obligation, Status
from schemas.facts import REPORTS, Fact, FactKind

AWAITED_FOR = timedelta(hours=24)
"""How long an act waits for the report that it is about, before it is a dead letter."""

_TOLD = frozenset(str(kind) for kind in REPORTS)
_KINDS = {
    FactKind.MISDELIVERY_RECEIVED: "misdelivery",
    FactKind.REPORT_RECEIVED: "breach",
    FactKind.REPORT_SUPPLEMENTED: "breach",
    FactKind.FACT_UNPROCESSABLE: "unreadable",
    FactKind.REPORT_UNREADABLE: "unreadable",
}


def project(facts: Sequence[Fact], trimmed: dict[str, tuple[str, ...]], catalogue: Catalogue) -> CaseRecord:
    """Returns the record of the case whose facts these are (at least one, all of one case)."""
    facts = tuple(in_order(facts))
    told = of_kinds(facts, _TOLD)
    first = facts[0]
    record = CaseRecord(
        reference=first.case_id,
        municipality=first.municipality,
        status=Status.AWAITED,
        kind="awaited",
        opened_at=first.recorded_at,
        wake_at=(first.recorded_at + AWAITED_FOR).timestamp(),
        projected_by=catalogue.mark,
        facts=facts,
        trimmed=trimmed,
    )
    return record if not told else _reported(record, facts, told, catalogue)


def _reported(record: CaseRecord, facts: tuple[Fact, ...], told: Sequence[Fact], catalogue: Catalogue) -> CaseRecord:
    seen = partial(duties, municipality=record.municipality, catalogue=catalogue)
    now = seen(facts)
    stands = standing(facts, now, seen)
    danger, opened_at, runs = now.danger, told[0].recorded_at, list[ladder.Series]()
    if stands.status is Status.OPEN:
        asked_from, safety = stands.reopened_at or opened_at, danger.assessment.safety
        runs += ladder.series(now.clocks[0], now.policy, now.owed, opened_at=asked_from, safety=safety)
        for second in now.clocks[1:]:
            runs += ladder.beside(second, catalogue.policies, now.owed, opened_at=asked_from)
    climbed = ladder.steps(of_kind(facts, FactKind.RUNG_REACHED))
    waits = closing(facts, catalogue.unclosed_every) if stands.status is Status.OPEN and not runs else None
    return record.model_copy(
        update={
            "status": stands.status,
            "kind": min(
                (_KINDS[FactKind(fact.kind)] for fact in told), key=["misdelivery", "breach", "unreadable"].index
            ),
            "opened_at": opened_at,
            "reopened_at": stands.reopened_at,
            "crowded": all(CROWDED in fact.flags for fact in told),
            "digest": next((fact.digest for fact in facts if fact.digest), None),
            "correlation": next((fact.correlation for fact in facts if fact.correlation), None),
            "awareness": now.aware,
            "clocks": now.clocks,
            "assessment": danger.assessment,
            "human_outcome": None if danger.human is None else str(danger.human.body["outcome"]),
            "human_fact": None if danger.human is None else danger.human.fact_id,
            "outcome": danger.outcome,
            "obligations": now.owed,
            "demands": ladder.demands(runs, climbed),
            "acknowledged_by": _acknowledged(facts),
            "links": tuple(sorted({str(fact.body["other"]) for fact in of_kind(facts, FactKind.CASE_LINKED)})),
            "absorbed_by": _absorbed_by(facts),
            "settled": None if waits is None else settled(waits, climbed, elsewhere=_elsewhere(facts, now.clocks[0])),
            "wake_at": ladder.next_due(runs if waits is None else [waits], climbed),
        }
    )


def open_obligations(record: CaseRecord) -> tuple[Obligation, ...]:
    """Returns what is still owed on the case."""
    return tuple(one for one in record.obligations if one.settled_by is None)


def _elsewhere(facts: Sequence[Fact], clock: LegalClock) -> bool:
    told = elsewhere(facts)
    return told is not None and clock.stopped_by == told.fact_id


def _absorbed_by(facts: Sequence[Fact]) -> str | None:
    absorbed = last_of(facts, FactKind.CASE_ABSORBED)
    return None if absorbed is None else str(absorbed.body["into"])


def _acknowledged(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(sorted({fact.by.local_id for fact in of_kind(facts, FactKind.ALERT_ACKNOWLEDGED)}))
