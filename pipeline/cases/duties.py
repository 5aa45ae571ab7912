"""What a case asks for by its facts alone, whether it is open or not: its clocks, its risk, its obligations."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from pipeline.cases.catalogue import Catalogue
from pipeline.cases.incident import beside
from pipeline.cases.obligations import obligations
from pipeline.cases.risk import Risk, risk
from pipeline.cases.stopping import stopping_fact
from pipeline.cases.view import View
from pipeline.clock.awareness import awareness
from pipeline.clock.deadline import readings
from pipeline.clock.governing import governing
from pipeline.clock.policy import Policy
from pipeline.severity.ruleset import choose as choose_ruleset
from schemas.case import Awareness, LegalClock, Obligation
from schemas.facts import Fact, FactKind


class Duties(NamedTuple):
    """The breach's clock stands first among `clocks`; `policy` is that clock's."""

    aware: Awareness
    policy: Policy
    danger: Risk
    clocks: tuple[LegalClock, ...]
    owed: tuple[Obligation, ...]


def duties(facts: tuple[Fact, ...], municipality: str, catalogue: Catalogue) -> Duties:
    """Returns what a reported case with these ordered facts asks for."""
    aware = awareness(facts, catalogue.policies)
    assert aware is not None  # the case was reported
    choice = governing(aware, facts, catalogue.policies, catalogue.trigger(municipality))
    ruleset = choose_ruleset(catalogue.rulesets, aware.signal_at)
    danger = risk(facts, ruleset, municipality)
    local = ruleset.municipalities.get(municipality)
    clock = legal_clock(facts, aware, choice.policy)
    destroy_only = local is not None and local.finders_destroy
    view = View(facts, danger.high_since, danger.graver_since, clock, choice, danger.high_at, destroy_only)
    second = beside(facts, catalogue.policies)
    owed = obligations(view)
    if second is None:
        return Duties(aware, choice.policy, danger, (clock,), owed)
    return Duties(aware, choice.policy, danger, (clock, second.clock), (*owed, *second.obligations))


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
