"""Which role may do which act. The DPO advises, the controller decides: two people (GDPR Art. 33(1), 38(3), 39)."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.plans.entitlement import may_act
from pipeline.plans.plan import ContactPlan
from schemas.actions import PREFIX, Act, Close, CloseReason, Decide
from schemas.receipt import Problem
from schemas.values import Role

_ADVISERS = frozenset({Role.DPO, Role.DEPUTY})
_DECIDERS = frozenset({Role.DECISION_MAKER})
_HANDLERS = _ADVISERS | {Role.CASEWORKER, Role.SECURITY}
_PEOPLE = _HANDLERS | _DECIDERS | {Role.DUTY_MANAGEMENT, Role.OPERATIONS}

ROLES: Mapping[str, frozenset[Role]] = {
    "acknowledge": _PEOPLE,
    "advise": _ADVISERS,
    "decide": _DECIDERS,
    "submit": _ADVISERS | _DECIDERS,
    "correct_awareness": _ADVISERS | _DECIDERS,
    "confirm_recipient": _HANDLERS,
    "inform_subjects": _DECIDERS | {Role.CASEWORKER},
    "assess": _ADVISERS | _DECIDERS,
    "task": _HANDLERS,
    "request_info": _HANDLERS | _DECIDERS,
    "forward": _HANDLERS | _DECIDERS,
    "contact_department": _HANDLERS | _DECIDERS,
    "silence": _ADVISERS | _DECIDERS,
    "choose_policy": _ADVISERS | _DECIDERS,
    "incident": _ADVISERS | _DECIDERS | {Role.SECURITY},
    "link": _HANDLERS | _DECIDERS,
    "close": _ADVISERS | _DECIDERS,
    "erase": _DECIDERS | {Role.OPERATIONS},
}


def entitlement(event_type: str, act: Act, plan: ContactPlan, at: datetime) -> Problem | None:
    """Returns why the person in `act.by` may not do it at `at`, in words; None if the plan lets that person."""
    name, by = event_type.removeprefix(PREFIX), act.by
    allowed = _DECIDERS if isinstance(act, Close) and act.closing is CloseReason.NOT_A_BREACH else ROLES[name]
    if by.role not in allowed:
        return _refused("/data/by/role", f"the role {by.role} may not {name}", "allowed: " + ", ".join(sorted(allowed)))
    if not may_act(plan, by.role, by.local_id, at):
        return _refused(
            "/data/by/local_id",
            f"this person does not hold the role {by.role} in municipality {plan.kommunekode} at that time",
            "use the local id from the municipality's contact plan, or have the plan changed",
        )
    if isinstance(act, Decide) and any(may_act(plan, adviser, by.local_id, at) for adviser in _ADVISERS):
        return _refused(
            "/data/by/local_id",
            "who advises as DPO or deputy cannot decide for the controller",
            "let another person with the role decision_maker decide",
        )
    return None


def _refused(path: str, reason: str, remedy: str) -> Problem:
    return Problem(code="not_entitled", path=path, reason=reason, remedy=remedy)
