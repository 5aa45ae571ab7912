"""One look at one demand: everything that stays the same while its chain is brought up to date."""

from dataclasses import dataclass, field
from datetime import datetime

from pipeline.cases.kinds import of_kind
from pipeline.clock.policy import Policy
from pipeline.plans.entitlement import may_act
from pipeline.plans.plan import ContactPlan
from pipeline.routing import level as levels
from pipeline.routing.acknowledgement import Acknowledgement, acknowledgements
from pipeline.routing.chain import Chain
from schemas.alert import Level
from schemas.case import CaseRecord, Demand, LegalClock
from schemas.facts import FactKind
from schemas.values import Role


@dataclass(frozen=True, slots=True)
class Look:
    """A demand at a moment, with what routing judges it by."""

    case: CaseRecord
    demand: Demand
    plan: ContactPlan
    policy: Policy
    now: datetime
    clock: LegalClock | None
    deadline: datetime | None  # None once the authority has its answer
    level: Level
    reason: levels.Reason
    _acks: dict[datetime, tuple[Acknowledgement, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def at(cls, case: CaseRecord, demand: Demand, plan: ContactPlan, policy: Policy, now: datetime) -> "Look":
        """Looks at `demand` at `now` (aware UTC)."""
        clock = levels.clock_of(case, demand)
        level, reason = levels.level_and_reason(case, demand, policy, now)
        return cls(
            case=case,
            demand=demand,
            plan=plan,
            policy=policy,
            now=now,
            clock=clock,
            deadline=levels.deadline_on(clock, case, demand),
            level=level,
            reason=reason,
        )

    def acknowledgements(self, chain: Chain) -> tuple[Acknowledgement, ...]:
        """Returns everybody's acknowledgements that still hold for this chain."""
        since = chain.acks_from
        if since not in self._acks:  # asked for by the chain and by each of its reminders
            self._acks[since] = acknowledgements(self.case, since, self.deadline, self.policy, self.now)
        return self._acks[since]

    def stops(self, chain: Chain, one: Acknowledgement) -> bool:
        """Whether it stops the chain: made by who owes the act (a deputy stands for the DPO), or by who was told by
        then.
        """
        owners = (Role.DPO, Role.DEPUTY) if chain.role == Role.DPO else (Role(chain.role),)
        if any(may_act(self.plan, role, one.local_id, one.at) for role in owners):
            return True
        return any(told.local_id == one.local_id and told.first_at <= one.at for told in chain.told)

    def undeliverable(self) -> frozenset[str]:
        """Returns the ids of alerts that could not be delivered."""
        return undeliverable(self.case)


def undeliverable(case: CaseRecord) -> frozenset[str]:
    """Returns the ids of a case's alerts that could not be delivered."""
    lost = of_kind(case.facts, FactKind.ALERT_UNDELIVERABLE)
    return frozenset(str(fact.body.get("alert_id")) for fact in lost)
