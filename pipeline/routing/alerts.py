"""Minting alerts: what makes an alert that one and no other, and which channels a level uses."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson
from pydantic import JsonValue

from pipeline.cases.identity import municipality_of
from pipeline.cases.minting import MACHINE
from pipeline.clock.policy import OF_AN_INCIDENT, ON_THE_LADDER
from pipeline.plans.plan import ContactPlan
from pipeline.routing.chain import Chain, Target
from pipeline.routing.level import Reason, held_outcome
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord, Demand
from schemas.values import Role

REMINDER = "reminder"
EXHAUSTED = "chain_exhausted"
NIS2_EXHAUSTED = "nis2_chain_exhausted"
NO_RUNG = ""
_ASKED_FOR_APART = frozenset((*ON_THE_LADDER, *OF_AN_INCIDENT))


def alert_id(*parts: JsonValue | Sequence[str]) -> str:
    """Returns 32 hex digits of SHA-256 over what makes the alert: the same parts give the same id, a resend is seen."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def gone(reference: str, now: datetime) -> Alert:
    """Returns the word to delivery that a case was erased: nobody is told, its alerts are forgotten."""
    return Alert(
        alert_id=alert_id(reference, AlertKind.GONE),
        kind=AlertKind.GONE,
        level=Level.INFO,
        municipality=municipality_of(reference),
        reference=reference,
        obligation=NO_RUNG,
        rung=NO_RUNG,
        recipient=MACHINE.local_id,
        role=MACHINE.role,
        channel=NO_RUNG,
        created_at=now,
    )


def step_alerts(
    case: CaseRecord,
    demand: Demand,
    chain: Chain,
    target: Target,
    recipient: str,
    plan: ContactPlan,
    *,
    deadline_at: datetime | None,
    reason: Reason,
    now: datetime,
    not_before: datetime | None = None,
    reminder: int = 0,
) -> Iterator[Alert]:
    """Yields the alerts that tell `recipient` (who answers for `target` now) about `demand`: one per channel of the
    level.

    A reminder counts by itself, so that it never shares an id with a step. The level belongs to the id: where routing's clock
    is behind casework's, a chain may end and begin again, quieter, at what is one moment to it.
    """
    person = plan.person(recipient)
    assert person is not None
    channels = person.channels if chain.level is Level.PAGE else person.channels[:1]
    outcome = held_outcome(case)
    fired = () if case.assessment is None else tuple(r.rule for r in case.assessment.rules if r.blocked_by is None)
    for channel in channels:
        yield Alert(
            alert_id=alert_id(
                case.reference,
                chain.obligation,
                chain.clock,
                chain.rung,
                _key(chain.rung_due_at),
                _key(chain.started_at),
                chain.round,
                f"{REMINDER}:{target.role}:{reminder}" if reminder else chain.step,
                str(chain.level),
                recipient,
                channel.name,
            ),
            kind=AlertKind.CASE,
            level=chain.level,
            municipality=case.municipality,
            reference=case.reference,
            obligation=chain.obligation,
            rung=chain.rung,
            missed=demand.missed,
            lateness_s=demand.lateness_s,
            also=_also(case, demand),
            recipient=recipient,
            role=str(target.role),
            channel=channel.name,
            round=chain.round,
            step=reminder or chain.step,
            language=person.language,
            outcome=None if outcome is None else str(outcome),
            worst=None if case.assessment is None else str(case.assessment.worst),
            why=(str(reason), *dict.fromkeys(fired)),
            deadline_at=deadline_at,
            created_at=now,
            not_before=not_before,
            supersedes=alert_id(case.reference, chain.obligation, recipient, channel.name),
        )


def platform_alerts(
    plan: ContactPlan,
    *,
    obligation: str,
    about: tuple[JsonValue, ...],
    now: datetime,
    reference: str | None = None,
    rung: str = NO_RUNG,
    deadline_at: datetime | None = None,
) -> Iterator[Alert]:
    """Yields pages to operations about the platform or a silent chain; they mute nothing about a case.

    `about` is what makes this occasion one: the same gives the same ids.
    """
    for local_id in plan.holders(Role.OPERATIONS):
        person = plan.person(local_id)
        for channel in () if person is None else person.channels:
            assert person is not None
            yield Alert(
                alert_id=alert_id("platform", plan.kommunekode, obligation, list(about), local_id, channel.name),
                kind=AlertKind.PLATFORM,
                level=Level.PAGE,
                municipality=plan.kommunekode if reference is None else reference[:3],
                reference=reference,
                obligation=obligation,
                rung=rung,
                recipient=local_id,
                role=str(Role.OPERATIONS),
                channel=channel.name,
                language=person.language,
                deadline_at=deadline_at,
                created_at=now,
            )


def _also(case: CaseRecord, demand: Demand) -> tuple[str, ...]:
    """Returns what else is owed beside the acts that the ladder asks for one by one."""
    owed = (one.name for one in case.obligations if one.settled_by is None)
    return tuple(str(name) for name in owed if name not in _ASKED_FOR_APART and name is not demand.obligation)


def _key(at: datetime) -> float:
    return at.timestamp()
