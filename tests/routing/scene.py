"""A case, a plan and a policy to route with; every time is counted from Monday 23 November 2026, 10:00 Danish time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from pipeline.clock.policy import Policy, load_policies, named
from pipeline.plans.load import load_plans
from pipeline.plans.plan import ContactPlan, Substitution
from schemas.actions import By, Outcome
from schemas.alert import Alert
from schemas.case import CaseRecord, Demand, LegalClock, ObligationName, Status
from schemas.facts import Fact, FactKind
from schemas.values import Role

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
REFERENCE = "657-7F3KQ-2M9XB-T"


@cache
def policy() -> Policy:
    """Returns the law in force."""
    return named(load_policies(DEPLOY / "policies"), "gdpr33-dk.v1")


@cache
def plan(code: str = "657") -> ContactPlan:
    """Returns a shipped plan."""
    return load_plans(DEPLOY / "municipalities")[code]


def absent(where: ContactPlan, local_id: str, substitute: str | None, ends: datetime) -> ContactPlan:
    """Returns the plan with somebody away from the beginning of the scene."""
    away = Substitution(absent=local_id, substitute=substitute, starts=T0 - HOUR, ends=ends)
    return where.model_copy(update={"delivery": where.delivery.model_copy(update={"substitutions": (away,)})})


def demand(
    obligation: ObligationName = ObligationName.ACKNOWLEDGE,
    *,
    role: Role = Role.DPO,
    rung: str = "opening",
    due: datetime = T0,
    missed: tuple[str, ...] = (),
) -> Demand:
    """Returns what the case asks for."""
    return Demand(obligation=obligation, role=role, clock="gdpr33-dk", rung=rung, rung_due_at=due, missed=missed)


def case(
    outcome: Outcome | None = Outcome.RISK,
    *,
    demands: Sequence[Demand] | None = None,
    facts: Sequence[Fact] = (),
    deadline: datetime = T0 + 72 * HOUR,
    stopped_by: str | None = None,
    status: Status = Status.OPEN,
) -> CaseRecord:
    """Returns a case that was opened at the beginning of the scene."""
    clock = LegalClock(
        policy="gdpr33-dk",
        policy_hash="0" * 64,
        hours=72.0,
        aware_at=deadline - 72 * HOUR,
        deadline_at=deadline,
        amber_at=deadline,
        hour_rule_at=deadline,
        extended_full_at=deadline,
        extended_part_at=deadline,
        stopped_by=stopped_by,
    )
    return CaseRecord(
        reference=REFERENCE,
        municipality="657",
        status=status,
        kind="breach",
        opened_at=T0,
        clocks=(clock,),
        outcome=outcome,
        demands=tuple((demand(),) if demands is None else demands),
        facts=tuple(facts),
    )


def acknowledged(local_id: str, at: datetime, role: Role = Role.DPO) -> Fact:
    """Returns the fact that somebody acknowledged."""
    return _fact(FactKind.ALERT_ACKNOWLEDGED, at, By(role=role, local_id=local_id))


def undeliverable(alert: Alert, at: datetime) -> Fact:
    """Returns the fact that an alert could not be delivered."""
    fact = _fact(FactKind.ALERT_UNDELIVERABLE, at, By(role=Role.MACHINE, local_id="brudvagt"))
    return fact.model_copy(update={"fact_id": alert.alert_id, "body": {"alert_id": alert.alert_id}})


def silenced(until: datetime, at: datetime) -> Fact:
    """Returns the fact that the DPO asked for silence."""
    fact = _fact(FactKind.ALERTS_SILENCED, at, By(role=Role.DPO, local_id="dpo"))
    return fact.model_copy(update={"body": {"until": until.isoformat(), "reason": "møde"}})


def reported(concerns: Sequence[str], at: datetime = T0) -> Fact:
    """Returns the fact of a report that is about several things."""
    fact = _fact(FactKind.REPORT_RECEIVED, at, By(role=Role.SENDER, local_id="form"))
    return fact.model_copy(update={"body": {"concerns": list(concerns)}})


def _fact(kind: FactKind, at: datetime, by: By) -> Fact:
    return Fact(
        fact_id=f"{kind}-{by.local_id}-{at.isoformat()}",
        kind=kind,
        case_id=REFERENCE,
        municipality="657",
        occurred_at=at,
        recorded_at=at,
        by=by,
        sender=f"{by.role}:{by.local_id}",
    )
