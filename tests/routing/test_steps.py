"""Who stands on a chain, in which order."""

import pytest

from pipeline.routing.steps import frozen_steps
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
    assert [target.local_id for step in frozen_steps(plan(), role) for target in step.targets] == order


@pytest.mark.parametrize("role", ["dpo", "caseworker", "a_role_of_a_later_version"])
def test_without_anybody_it_is_operations(role: str) -> None:
    """The root of the tree is a person: the fallback plan has nobody else."""
    steps = frozen_steps(plan("000"), role)
    assert [(t.role, t.local_id) for step in steps for t in step.targets] == [(Role.OPERATIONS, "drift-vagt")]
