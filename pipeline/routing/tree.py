"""The routing tree: by municipality, then level, then kind. Its root is a plan with a person, so nothing falls through."""

from collections.abc import Mapping

from pipeline.plans.plan import FALLBACK, Branch, ChainStep, ContactPlan
from schemas.alert import Level


def plan_for(plans: Mapping[str, ContactPlan], municipality: str) -> ContactPlan:
    """Returns the plan of a kommunekode, or the fallback plan 000. Loading refuses a directory without it."""
    return plans.get(municipality) or plans[FALLBACK]


def branch_for(plan: ContactPlan, level: Level, obligation: str) -> Branch | None:
    """Returns the first branch of the plan that fits; None where the plan's own chain, the catch-all, is taken."""
    return next((one for one in plan.delivery.branches if one.fits(level, obligation)), None)


def chain_for(plan: ContactPlan, level: Level, obligation: str) -> tuple[ChainStep, ...]:
    """Returns the roles that an alarm climbs, in order."""
    branch = branch_for(plan, level, obligation)
    return plan.delivery.chain if branch is None else branch.chain
