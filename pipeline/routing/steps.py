"""Who stands on a chain: the role that owes the act first, then the plan's chain; frozen when it starts."""

from collections.abc import Iterator

from pipeline.plans.plan import ContactPlan
from pipeline.routing.chain import Step, Target
from pipeline.routing.tree import chain_for
from schemas.alert import Level
from schemas.values import Role

_WATCHED = (Role.DPO, Role.DECISION_MAKER)
"""Whom a `page` reminds until that very person acknowledges."""


def frozen_steps(plan: ContactPlan, role: str, level: Level, obligation: str) -> tuple[Step, ...]:
    """Returns the steps for an act that `role` owes: its holders, then DPO, deputies and so on as the plan's tree says.

    Where the first step of the chain tells that role anyway, nothing is put before it. Nobody stands on the chain
    twice. With nobody at all it is operations: the root of the tree is a person.
    """
    listed = [(one,) if isinstance(one, Role) else one for one in chain_for(plan, level, obligation)]
    wanted = Role(role) if role in set(Role) else None
    if wanted is not None and (not listed or wanted not in listed[0]):
        listed.insert(0, (wanted,))
    if (Role.OPERATIONS,) not in listed and not any(plan.holders(one) for group in listed for one in group):
        listed.append((Role.OPERATIONS,))
    seen: set[str] = set()
    steps = []
    for group in listed:
        for targets in _groups(plan, group):
            fresh = tuple(target for target in targets if target.local_id not in seen)
            seen.update(target.local_id for target in fresh)
            if fresh:
                steps.append(Step(targets=fresh))
    return tuple(steps)


def watched(plan: ContactPlan, level: Level) -> tuple[Target, ...]:
    """Returns who is reminded until that person acknowledges: DPO and decision maker of a `page`, else nobody."""
    if level is not Level.PAGE:
        return ()
    return tuple(Target(role=role, local_id=plan.holders(role)[0]) for role in _WATCHED if plan.holders(role))


def _groups(plan: ContactPlan, roles: tuple[Role, ...]) -> Iterator[tuple[Target, ...]]:
    """Yields one step per holder of a single role; several roles told together are one step with the first of each."""
    if len(roles) == 1:
        for local_id in plan.holders(roles[0]):
            yield (Target(role=roles[0], local_id=local_id),)
    else:
        yield tuple(Target(role=role, local_id=plan.holders(role)[0]) for role in roles if plan.holders(role))
