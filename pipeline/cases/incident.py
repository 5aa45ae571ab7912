"""The second clock: a breach that is also a significant incident under NIS 2 (Directive (EU) 2022/2555 Art. 23).

Signs in a report start it, or a person's word; it counts from the first signal, uncorrected. A person's reasoned no, or
the notification, stops it. It has stages, obligations and rungs of its own and shares nothing with the clock towards
Datatilsynet but the case: neither filing settles the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.kinds import of_kind, of_kinds
from pipeline.clock.deadline import readings
from pipeline.clock.durations import add
from pipeline.clock.policy import NoPolicy, Policy, choose
from pipeline.clock.rules import Signs, Trigger
from schemas.case import LegalClock, Obligation, ObligationName
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

_TOLD = frozenset(str(kind) for kind in REPORTS)
_STAGES = {"early_warning": ObligationName.NIS2_EARLY_WARNING, "notification": ObligationName.NIS2_NOTIFICATION}
INCIDENT = "incident"
"""In a request to absorb: the case that ends carries this clock, so the one that takes it over does."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The clock that a case carries beside its first, and what is owed by it."""

    clock: LegalClock
    obligations: tuple[Obligation, ...]


def beside(facts: Sequence[Fact], signal_at: datetime, policies: Sequence[Policy]) -> Beside | None:
    """Returns the second clock of a case with these ordered facts and first signal; None if it carries none."""
    try:
        policy = choose(policies, signal_at, Trigger.SIGNIFICANT_INCIDENT_AWARE_AT)
    except NoPolicy:
        return None
    signs = policy.carried_when
    if signs is None:
        return None
    stated = of_kind(facts, FactKind.INCIDENT_STATED)
    since = _since(facts, stated, signs)
    if since is None:
        return None
    filed = {str(fact.body["filed"]): fact for fact in reversed(stated) if fact.body.get("filed")}
    refused = _refusal(facts, stated, signs)
    return _counted(policy, signs, signal_at, since, filed, refused)


def _counted(
    policy: Policy, signs: Signs, signal_at: datetime, since: datetime, filed: dict[str, Fact], refused: Fact | None
) -> Beside:
    notified = filed.get("notification")
    owed: list[Obligation] = []
    deadline_at = readings(signal_at, policy).strict
    for step in reversed(policy.steps):
        if step.name in _STAGES and step.period is not None:
            settled = filed.get(step.name) or notified or refused
            due_at = add(signal_at, step.period)
            owed.insert(0, _owed(_STAGES[step.name], since, settled, due_at))
            if filed.get(step.name) is None and notified is None:
                deadline_at = due_at  # a reasoned no ends the duty, and moves no deadline: reordered, it may yet fall
        elif step.name == signs.final_report and step.period is not None and notified is not None:
            due_at = add(notified.occurred_at, step.period)
            asked_at = max(notified.recorded_at, due_at - signs.asked_before)
            settled = filed.get(step.name) or refused
            owed.append(_owed(ObligationName.NIS2_FINAL_REPORT, asked_at, settled, due_at))
    stopped, counted = notified or refused, readings(signal_at, policy)
    clock = LegalClock(
        policy=policy.id,
        policy_hash=policy.hash,
        hours=policy.hours,
        aware_at=signal_at,
        deadline_at=deadline_at,
        amber_at=counted.strict,
        hour_rule_at=counted.hour_rule,
        extended_full_at=counted.extended_full,
        extended_part_at=counted.extended_part,
        submitted_at=None if notified is None else notified.occurred_at,
        stopped_by=None if stopped is None else stopped.fact_id,
    )
    return Beside(clock, tuple(owed))


def _owed(name: ObligationName, since: datetime, settled: Fact | None, due_at: datetime) -> Obligation:
    settled_by = None if settled is None else settled.fact_id
    return Obligation(name=name, role=Role.SECURITY, since=since, due_at=due_at, settled_by=settled_by)


def _since(facts: Sequence[Fact], stated: Sequence[Fact], signs: Signs) -> datetime | None:
    """Returns when the case first showed a sign, or a person said that the incident is significant or filed of it."""
    said = (f.recorded_at for f in stated if f.body.get("significant") == "yes" or f.body.get("filed"))
    return min([*(fact.recorded_at for fact in _signs(facts, signs)), *said], default=None)


def _refusal(facts: Sequence[Fact], stated: Sequence[Fact], signs: Signs) -> Fact | None:
    """Returns the reasoned no that holds: the latest word, and no report with a sign came after it."""
    last = next((f for f in reversed(stated) if f.body.get("significant") in ("yes", "no")), None)
    if last is None or last.body.get("significant") != "no" or not last.body.get("reason"):
        return None
    later = any(fact.recorded_at > last.recorded_at for fact in _signs(facts, signs))
    return None if later else last


def _signs(facts: Sequence[Fact], signs: Signs) -> Iterator[Fact]:
    yield from (fact for fact in of_kinds(facts, _TOLD) if _shows(fact, signs))
    asked = of_kind(facts, FactKind.CASE_ABSORB_REQUESTED)
    yield from (fact for fact in asked if fact.body.get(INCIDENT) is True)


def _shows(fact: Fact, signs: Signs) -> bool:
    if fact.body.get("service_disrupted") in signs.service_disrupted:
        return True
    circumstances = fact.body.get("circumstances")
    kinds = circumstances.get("incident_kinds") if isinstance(circumstances, dict) else None
    return isinstance(kinds, list) and any(kind in signs.incident_kinds for kind in kinds)
