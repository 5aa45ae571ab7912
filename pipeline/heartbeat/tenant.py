"""The tenant's contact plan. In the program and not in a file: whatever an installation configures, a beat stays in it."""

from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.plans.hours import Week
from pipeline.plans.plan import Channel, ContactPlan, Delivery, Opening, Person
from schemas.heartbeat import CHANNEL, TENANT
from schemas.values import Role

LISTENER: Final = "heartbeat-listener"
"""Who is told of each beat and acknowledges it."""

CLOSER: Final = "heartbeat-closer"
"""Who closes and erases it. Two local ids, because who advises may not decide."""

_ALWAYS: Final = "00:00-24:00"
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NOBODY: Final = Person(channels=(Channel(name=CHANNEL, kind=CHANNEL, address="heartbeat@brudvagt.example"),))


def _plan() -> ContactPlan:
    week = Week.model_validate(dict.fromkeys(_DAYS, _ALWAYS))
    roles = {Role.DPO: (LISTENER,), Role.DECISION_MAKER: (CLOSER,), Role.OPERATIONS: (CLOSER,)}
    return ContactPlan(
        kommunekode=TENANT,
        name="Brudvagts hjerteslag",
        hours=Opening(working=week, quiet_outside=week),
        delivery=Delivery(roles=roles, people={LISTENER: _NOBODY, CLOSER: _NOBODY}, chain=(Role.DPO,)),
    )


PLAN: Final = _plan()


class WithHeartbeat(Mapping[str, ContactPlan]):
    """An installation's plans, as they are at each look, and the heartbeat's."""

    def __init__(self, plans: Mapping[str, ContactPlan]) -> None:
        """Keeps `plans`: what is reloaded there is seen here."""
        self._plans = plans

    def __getitem__(self, municipality: str) -> ContactPlan:
        return PLAN if municipality == TENANT else self._plans[municipality]

    def __iter__(self) -> Iterator[str]:
        yield from self._plans
        yield TENANT

    def __len__(self) -> int:
        return len(self._plans) + 1
