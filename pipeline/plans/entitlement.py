"""Who may act in a role at a given time, and who stands in for somebody absent."""

from datetime import datetime

from pipeline.plans.plan import ContactPlan
from schemas.values import Role


def may_act(plan: ContactPlan, role: Role, local_id: str, at: datetime) -> bool:
    """Whether `local_id` holds `role` in the plan at `at`: by name, or as the substitute of an absent holder.

    An absent holder keeps the role: who answers from a holiday has answered.
    """
    holders = plan.holders(role)
    return local_id in plan.delivery.people and (
        local_id in holders or any(present(plan, holder, at) == local_id for holder in holders)
    )


def advisers(plan: ContactPlan, at: datetime) -> dict[str, Role]:
    """Returns who answers at `at` for the DPO, then for the deputies, each with the role that a link to act has to name."""
    found: dict[str, Role] = {}
    for role in (Role.DPO, Role.DEPUTY):
        for holder in plan.holders(role):
            if (there := present(plan, holder, at)) is not None:
                found.setdefault(there, role)
    return found


def present(plan: ContactPlan, local_id: str, at: datetime) -> str | None:
    """Returns who answers for `local_id` at `at`: that person, the substitute, the substitute's substitute; None if
    nobody.

    Somebody whom the plan no longer knows is nobody.
    """
    seen: set[str] = set()
    current = local_id
    while current not in seen:
        seen.add(current)
        absence = next((s for s in plan.delivery.substitutions if s.absent == current and s.holds(at)), None)
        if absence is None:
            return current if current in plan.delivery.people else None
        if absence.substitute is None:
            return None
        current = absence.substitute
    return None
