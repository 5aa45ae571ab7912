"""The second clock: a breach that is also a significant incident under NIS 2 (Directive (EU) 2022/2555 Art. 23).

Signs in a report start it, or a person's word. It counts from when the controller was aware, by the rule of the clock
towards Datatilsynet with a cap of its own: an earlier time that a person states counts, an investigation is not granted
(decision 014). A person's reasoned no, or the notification, stops it. It has stages, obligations and rungs of its own,
and neither filing settles the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.kinds import of_kind, of_kinds
from pipeline.clock.awareness import awareness
from pipeline.clock.deadline import readings
from pipeline.clock.durations import add
from pipeline.clock.policy import Policy, choose
from pipeline.clock.rules import PolicyStatus, Signs, Trigger
from schemas.case import Awareness, LegalClock, Obligation, ObligationName
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

_LAW = Trigger.SIGNIFICANT_INCIDENT_AWARE_AT
_TOLD = frozenset(str(kind) for kind in REPORTS)
_STAGES = {"early_warning": ObligationName.NIS2_EARLY_WARNING, "notification": ObligationName.NIS2_NOTIFICATION}
INCIDENT = "incident"
"""In a request to absorb: the case that ends carries this clock, so the one that takes it over does."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The clock that a case carries beside its first, and what is owed by it."""

    clock: LegalClock
    obligations: tuple[Obligation, ...]


def beside(facts: Sequence[Fact], policies: Sequence[Policy]) -> Beside | None:
    """Returns the second clock of a reported case with these ordered facts; None if it carries none.

    A time that lies before the first policy with such a clock, by a slip of the pen or because the notice was long under
    way, silences nothing: what shows the sign was told since.
    """
    kept = _kept(policies)
    begins = min((at for _, at in kept), default=None)
    stated = of_kind(facts, FactKind.INCIDENT_STATED)
    if begins is None or not any(_since(facts, stated, signs, begins) for signs, _ in kept):
        return None
    aware = awareness(facts, policies, _LAW)
    assert aware is not None  # the case was reported
    policy = choose(policies, max(aware.signal_at, begins), _LAW)
    signs = policy.carried_when
    since = None if signs is None else _since(facts, stated, signs, begins)
    if signs is None or since is None:
        return None
    filed = {str(fact.body["filed"]): fact for fact in reversed(stated) if fact.body.get("filed")}
    refused = _refusal(facts, stated, signs)
    return _counted(policy, signs, aware, since, filed, refused)


def _kept(policies: Sequence[Policy]) -> list[tuple[Signs, datetime]]:
    """Returns the signs of every policy in force that has some, and when it begins."""
    return [
        (one.carried_when, one.starts_at)
        for one in policies
        if one.trigger == _LAW and one.status is PolicyStatus.IN_FORCE and one.carried_when and one.starts_at
    ]


def _counted(
    policy: Policy, signs: Signs, aware: Awareness, since: datetime, filed: dict[str, Fact], refused: Fact | None
) -> Beside:
    notified = filed.get("notification")
    owed: list[Obligation] = []
    start, counted = aware.aware_at, readings(aware.aware_at, policy)
    deadline_at = counted.strict
    for step in reversed(policy.steps):
        if step.name in _STAGES and step.period is not None:
            settled = filed.get(step.name) or notified or refused
            due_at = add(start, step.period)
            owed.insert(0, _owed(_STAGES[step.name], since, settled, due_at))
            if filed.get(step.name) is None and notified is None:
                deadline_at = due_at  # a reasoned no ends the duty, and moves no deadline: reordered, it may yet fall
        elif step.name == signs.final_report and step.period is not None and notified is not None:
            due_at = add(notified.occurred_at, step.period)
            asked_at = max(notified.recorded_at, due_at - signs.asked_before)
            settled = filed.get(step.name) or refused
            owed.append(_owed(ObligationName.NIS2_FINAL_REPORT, asked_at, settled, due_at))
    stopped = notified or refused
    clock = LegalClock(
        policy=policy.id,
        policy_hash=policy.hash,
        hours=policy.hours,
        aware_at=start,
        deadline_at=deadline_at,
        amber_at=readings(aware.signal_at, policy).strict,
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


def _since(facts: Sequence[Fact], stated: Sequence[Fact], signs: Signs, begins: datetime) -> datetime | None:
    """Returns when the case, from `begins` on, first showed a sign, or a person said that the incident is significant
    or filed of it.
    """
    said = (fact for fact in stated if fact.body.get("significant") == "yes" or fact.body.get("filed"))
    found = (fact.recorded_at for fact in (*_signs(facts, signs), *said))
    return min((at for at in found if at >= begins), default=None)


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
