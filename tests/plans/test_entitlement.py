"""Who may act, and who stands in."""

from datetime import timedelta

from pipeline.plans.entitlement import may_act, present
from schemas.values import Role
from tests.routing.scene import HOUR, T0, absent, plan


def test_a_holder_may_act_and_another_may_not() -> None:
    """The role is held by local id in that municipality, and by nobody else."""
    herning = plan()
    assert may_act(herning, Role.DPO, "dpo", T0)
    assert not may_act(herning, Role.DPO, "dpo-vikar-1", T0)
    assert not may_act(herning, Role.DECISION_MAKER, "dpo", T0)
    assert not may_act(herning, Role.DPO, "dpo-kontor", T0)


def test_a_substitute_may_act_in_the_period_only() -> None:
    """From the start to before the end; the absent holder keeps the role throughout."""
    ends = T0 + HOUR
    away = absent(plan(), "dpo", "dpo-vikar-2", ends)
    assert may_act(away, Role.DPO, "dpo-vikar-2", T0 - HOUR)
    assert may_act(away, Role.DPO, "dpo-vikar-2", ends - timedelta(seconds=1))
    assert not may_act(away, Role.DPO, "dpo-vikar-2", ends)
    assert not may_act(away, Role.DPO, "dpo-vikar-2", T0 - HOUR - timedelta(seconds=1))
    assert may_act(away, Role.DPO, "dpo", T0)


def test_substitutes_of_substitutes_and_circles() -> None:
    """A chain of substitutes is followed; a circle is nobody."""
    one = absent(plan(), "dpo", "dpo-vikar-1", T0 + HOUR)
    two = absent(plan(), "dpo-vikar-1", "dpo-vikar-2", T0 + HOUR)
    back = absent(plan(), "dpo-vikar-1", "dpo", T0 + HOUR)

    def both(other: object) -> tuple[object, ...]:
        return (*one.delivery.substitutions, other)

    chain = one.delivery.model_copy(update={"substitutions": both(two.delivery.substitutions[0])})
    circle = one.delivery.model_copy(update={"substitutions": both(back.delivery.substitutions[0])})
    assert present(one.model_copy(update={"delivery": chain}), "dpo", T0) == "dpo-vikar-2"
    assert present(one.model_copy(update={"delivery": circle}), "dpo", T0) is None
    assert present(one.model_copy(update={"delivery": chain}), "dpo", T0 + HOUR) == "dpo"
