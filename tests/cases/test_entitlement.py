"""Which role may do which act: the DPO advises, the controller decides, and they are two people."""

import pytest

from pipeline.cases.entitlement import ROLES, entitlement
from pipeline.plans.plan import ContactPlan
from schemas.actions import ACTS, PREFIX, Act
from schemas.values import Role
from tests.cases.scene import REFERENCE, T0, Body
from tests.routing.scene import plan

HOLDERS = {
    Role.DPO: "dpo",
    Role.DEPUTY: "dpo-vikar-1",
    Role.SECURITY: "it-sikkerhed",
    Role.DECISION_MAKER: "direktion",
    Role.DUTY_MANAGEMENT: "ledelsesvagt",
    Role.CASEWORKER: "sagsbehandling",
    Role.OPERATIONS: "drift-vagt",
}
NEEDS: dict[str, Body] = {
    "decide": {"notify_authority": "yes"},
    "correct_awareness": {"aware_at": T0.isoformat(), "ground": "investigation", "reason": "r"},
    "assess": {"outcome": "risk", "reason": "r"},
    "task": {"task": "recall"},
    "inform_subjects": {"informed": "yes"},
    "request_info": {"question": "?"},
    "forward": {"to": "politiet"},
    "silence": {"until": T0.isoformat(), "reason": "r"},
    "choose_policy": {"policy": "gdpr33-dk", "reason": "r"},
    "link": {"other": REFERENCE},
    "close": {"closing": "done"},
    "erase": {"reason": "r"},
}


def judged(name: str, role: Role, local_id: str, where: ContactPlan | None = None, **more: str) -> str | None:
    """Returns the path of what is wrong with the act, None if the person may do it."""
    body: Body = {"reference": REFERENCE, "by": {"role": role, "local_id": local_id}, **NEEDS.get(name, {}), **more}
    act: Act = ACTS[PREFIX + name].model_validate(body)
    problem = entitlement(PREFIX + name, act, where or plan("657"), T0)
    assert problem is None or problem.code == "not_entitled"
    return None if problem is None else problem.path


def test_every_act_of_the_contract_has_its_roles() -> None:
    """And there is none that nobody may do."""
    assert {PREFIX + name for name in ROLES} == set(ACTS)
    assert all(ROLES.values())


@pytest.mark.parametrize("role", [role for role in HOLDERS if role is not Role.DECISION_MAKER])
def test_only_the_decision_maker_decides(role: Role) -> None:
    """Art. 33(1) addresses the controller; the DPO takes no instructions and no decisions (Art. 38(3), 38(6))."""
    assert judged("decide", role, HOLDERS[role]) == "/data/by/role"
    assert judged("decide", Role.DECISION_MAKER, "direktion") is None


@pytest.mark.parametrize("role", [role for role in HOLDERS if role not in (Role.DPO, Role.DEPUTY)])
def test_only_the_dpo_and_the_deputies_advise(role: Role) -> None:
    """Art. 39(1): the advice is theirs."""
    assert judged("advise", role, HOLDERS[role]) == "/data/by/role"
    assert judged("advise", Role.DPO, "dpo") is None
    assert judged("advise", Role.DEPUTY, "dpo-vikar-2") is None


def test_who_advises_cannot_decide_though_the_plan_gives_both_roles() -> None:
    """Two facts by two people, also where a small municipality writes the DPO in as decision maker."""
    herning = plan("657")
    roles = {**herning.delivery.roles, Role.DECISION_MAKER: ("direktion", "dpo", "dpo-vikar-1")}
    small = herning.model_copy(update={"delivery": herning.delivery.model_copy(update={"roles": roles})})
    assert judged("decide", Role.DECISION_MAKER, "dpo", small) == "/data/by/local_id"
    assert judged("decide", Role.DECISION_MAKER, "dpo-vikar-1", small) == "/data/by/local_id"
    assert judged("decide", Role.DECISION_MAKER, "direktion", small) is None


@pytest.mark.parametrize("role", [Role.SENDER, Role.MACHINE])
@pytest.mark.parametrize("name", sorted(ROLES))
def test_neither_senders_nor_machines_act(name: str, role: Role) -> None:
    """The pipeline advises, people decide (promise 4)."""
    assert judged(name, role, "form") == "/data/by/role"


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_must_be_held_by_that_person_in_that_municipality(name: str) -> None:
    """Glostrup's people hold nothing in Herning, and a role held by another is not held."""
    role = sorted(ROLES[name])[0]
    assert judged(name, role, "nobody-we-know") == "/data/by/local_id"
    other = HOLDERS[next(one for one in HOLDERS if one is not role)]
    assert judged(name, role, other) == "/data/by/local_id"
    assert judged(name, role, HOLDERS[role]) is None


@pytest.mark.parametrize("role", list(HOLDERS))
def test_everyone_in_the_plan_may_acknowledge(role: Role) -> None:
    """The chain climbs to duty management and operations: whoever it reaches can say so."""
    assert judged("acknowledge", role, HOLDERS[role]) is None


def test_only_the_decision_maker_says_that_it_was_no_breach() -> None:
    """It ends the duty to notify, so it is the controller's; the DPO may close what is done."""
    assert judged("close", Role.DPO, "dpo") is None
    assert judged("close", Role.DPO, "dpo", closing="not_a_breach", reason="r") == "/data/by/role"
    assert judged("close", Role.DECISION_MAKER, "direktion", closing="not_a_breach", reason="r") is None
