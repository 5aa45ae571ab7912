"""The root of the routing tree: every municipality has a plan, and what belongs to none has one with a person."""

from collections.abc import Mapping

from pipeline.plans.plan import FALLBACK, ContactPlan


def plan_for(plans: Mapping[str, ContactPlan], municipality: str) -> ContactPlan:
    """Returns the plan of a kommunekode, or the fallback plan 000. Loading refuses a directory without it."""
    return plans.get(municipality) or plans[FALLBACK]
