"""What the obligations of a case are read off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.kinds import last_of, of_kinds
from pipeline.clock.governing import Governing
from schemas.case import LegalClock, Obligation, ObligationName
from schemas.facts import Fact, FactKind
from schemas.values import Role


@dataclass(frozen=True, slots=True)
class View:
    """A case's facts in order, and what else of it the obligations depend on."""

    facts: Sequence[Fact]
    high_risk_since: datetime | None
    graver_since: datetime | None  # graver than what held when it was last decided on
    clock: LegalClock
    choice: Governing
    high_at: Callable[[datetime], bool]  # whether the risk was held to be high at a time
    destroy_only: bool = False

    def last(self, *kinds: FactKind) -> Fact | None:
        """Returns the latest fact of these kinds."""
        return last_of(self.facts, *kinds)

    def first(self, *kinds: FactKind) -> Fact | None:
        """Returns the earliest fact of these kinds."""
        return next(iter(of_kinds(self.facts, kinds)), None)


def owed(
    name: ObligationName, role: Role, since: datetime, settled: Fact | None, due_at: datetime | None = None
) -> Obligation:
    """Returns an obligation, and what settled it if anything did."""
    return Obligation(
        name=name, role=role, since=since, due_at=due_at, settled_by=None if settled is None else settled.fact_id
    )
