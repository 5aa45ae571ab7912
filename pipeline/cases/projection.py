"""The projection of a case: from its facts to the record that readers see. Pure; their order does not matter."""

from collections.abc import Sequence
from datetime import timedelta

from pipeline.cases import ladder
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.incident import beside
from pipeline.cases.kinds import last_of, of_kind, of_kinds
from pipeline.cases.obligations import obligations
from pipeline.cases.risk import risk
from pipeline.cases.status import reopened_at, status
from pipeline.cases.stopping import stopping_fact
from pipeline.cases.tally import CROWDED
from pipeline.cases.union import in_order
from pipeline.cases.view import View
from pipeline.clock.awareness import awareness
from pipeline.clock.deadline import readings
from pipeline.clock.governing import governing
from pipeline.clock.policy import Policy
from pipeline.severity.ruleset import choose as choose_ruleset
from schemas.case import Awareness, CaseRecord, LegalClock, Obligation, Status
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


def _reported(record: CaseRecord, facts: Sequence[Fact], told: Sequence[Fact], catalogue: Catalogue) -> CaseRecord:
    aware = awareness(facts, catalogue.policies)
    assert aware is not None  # some fact of `told` gave a signal
    choice = governing(aware, facts, catalogue.policies, catalogue.trigger(record.municipality))
    policy = choice.policy
    ruleset = choose_ruleset(catalogue.rulesets, aware.signal_at)
    danger = risk(facts, ruleset, record.municipality)
    local = ruleset.municipalities.get(record.municipality)
    clock = legal_clock(facts, aware, policy)
    destroy_only = local is not None and local.finders_destroy
    view = View(facts, danger.high_since, danger.graver_since, clock, choice, destroy_only)
    second = beside(facts, catalogue.policies)
    owed = obligations(view) if second is None else (*obligations(view), *second.obligations)
    clocks = (clock,) if second is None else (clock, second.clock)
    stands = status(facts, owed, clocks)
    opened_at, runs, again_at = told[0].recorded_at, list[ladder.Series](), None
    if stands is Status.OPEN:
        again_at, safety = reopened_at(facts), danger.assessment.safety
        runs += ladder.series(clock, policy, owed, opened_at=again_at or opened_at, safety=safety)
        if second is not None:
            runs += ladder.beside(second.clock, catalogue.policies, owed, opened_at=again_at or opened_at)
    climbed = ladder.steps(of_kind(facts, FactKind.RUNG_REACHED))
    return record.model_copy(
        update={
            "status": stands,
            "kind": min(
                (_KINDS[FactKind(fact.kind)] for fact in told), key=["misdelivery", "breach", "unreadable"].index
            ),
            "opened_at": opened_at,
            "reopened_at": again_at,
            "crowded": all(CROWDED in fact.flags for fact in told),
            "digest": next((fact.digest for fact in facts if fact.digest), None),
            "correlation": next((fact.correlation for fact in facts if fact.correlation), None),
            "awareness": aware,
            "clocks": clocks,
            "assessment": danger.assessment,
            "human_outcome": None if danger.human is None else str(danger.human.body["outcome"]),
            "human_fact": None if danger.human is None else danger.human.fact_id,
            "outcome": danger.outcome,
            "obligations": owed,
            "demands": ladder.demands(runs, climbed),
            "acknowledged_by": _acknowledged(facts),
            "links": tuple(sorted({str(fact.body["other"]) for fact in of_kind(facts, FactKind.CASE_LINKED)})),
            "absorbed_by": _absorbed_by(facts),
            "wake_at": ladder.next_due(runs, climbed),
        }
    )


def legal_clock(facts: Sequence[Fact], aware: Awareness, policy: Policy) -> LegalClock:
    """Returns the clock towards the authority, with the other readings of the law for information."""
    counted = readings(aware.aware_at, policy)
    stopped = stopping_fact(facts)
    submitted = stopped if stopped is not None and stopped.kind == FactKind.NOTIFICATION_SUBMITTED else None
    return LegalClock(
        policy=policy.id,
        policy_hash=policy.hash,
        hours=policy.deadline / timedelta(hours=1),
        aware_at=aware.aware_at,
        deadline_at=counted.strict,
        amber_at=readings(aware.signal_at, policy).strict,
        hour_rule_at=counted.hour_rule,
        extended_full_at=counted.extended_full,
        extended_part_at=counted.extended_part,
        submitted_at=None if submitted is None else submitted.occurred_at,
        stopped_by=None if stopped is None else stopped.fact_id,
    )


def open_obligations(record: CaseRecord) -> tuple[Obligation, ...]:
    """Returns what is still owed on the case."""
    return tuple(one for one in record.obligations if one.settled_by is None)


def _absorbed_by(facts: Sequence[Fact]) -> str | None:
    absorbed = last_of(facts, FactKind.CASE_ABSORBED)
    return None if absorbed is None else str(absorbed.body["into"])


def _acknowledged(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(sorted({fact.by.local_id for fact in of_kind(facts, FactKind.ALERT_ACKNOWLEDGED)}))
