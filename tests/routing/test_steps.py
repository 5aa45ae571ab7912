"""Who stands on a chain, in which order."""

import pytest

from pipeline.plans.plan import Branch, ContactPlan
from pipeline.routing.steps import frozen_steps
from schemas.alert import Level
from schemas.case import ObligationName
from schemas.values import Role
from tests.routing.scene import plan

REST = ["dpo-vikar-1", "dpo-vikar-2"]


@pytest.mark.parametrize(
    ("role", "order"),
    [
        (Role.DPO, ["dpo", *REST, "it-sikkerhed", "ledelsesvagt"]),
        (Role.SECURITY, ["it-sikkerhed", "dpo", *REST, "ledelsesvagt"]),
        (Role.DECISION_MAKER, ["direktion", "direktion-vikar", "dpo", *REST, "it-sikkerhed", "ledelsesvagt"]),
        (Role.CASEWORKER, ["sagsbehandling", "dpo", *REST, "it-sikkerhed", "ledelsesvagt"]),
    ],
)
def test_who_owes_the_act_comes_first_and_nobody_stands_twice(role: Role, order: list[str]) -> None:
    """Then DPO, deputies, coordinator, duty management (design §9)."""
    assert [
        target.local_id for step in frozen_steps(plan(), role, Level.ACT, "advise") for target in step.targets
    ] == order


@pytest.mark.parametrize("role", ["dpo", "caseworker", "a_role_of_a_later_version"])
def test_without_anybody_it_is_operations(role: str) -> None:
    """The root of the tree is a person: the fallback plan has nobody else."""
    steps = frozen_steps(plan("000"), role, Level.ACT, "advise")
    assert [(t.role, t.local_id) for step in steps for t in step.targets] == [(Role.OPERATIONS, "drift-vagt")]


def _branched(*branches: Branch) -> ContactPlan:
    return plan().model_copy(update={"delivery": plan().delivery.model_copy(update={"branches": branches})})


TASK = Branch(
    level=Level.ACT, obligations=(ObligationName.RECALL,), chain=(Role.SECURITY, Role.DPO, Role.DUTY_MANAGEMENT)
)
ACT = Branch(level=Level.ACT, chain=(Role.DEPUTY, Role.DPO, Role.DUTY_MANAGEMENT))


@pytest.mark.parametrize(
    ("level", "obligation", "order"),
    [
        (Level.ACT, "recall", ["sagsbehandling", "it-sikkerhed", "dpo", "ledelsesvagt"]),
        (Level.ACT, "written_confirmation", ["sagsbehandling", *REST, "dpo", "ledelsesvagt"]),
        (Level.PAGE, "recall", ["sagsbehandling", "dpo", *REST, "it-sikkerhed", "ledelsesvagt"]),
    ],
)
def test_the_tree_branches_by_level_then_kind_and_what_fits_none_takes_the_chain(
    level: Level, obligation: str, order: list[str]
) -> None:
    """Municipality, level, kind; the first branch that fits counts, and the plan's chain is the catch-all (design §9)."""
    steps = frozen_steps(_branched(TASK, ACT), Role.CASEWORKER, level, obligation)
    assert [target.local_id for step in steps for target in step.targets] == order
