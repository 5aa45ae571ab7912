"""The simulated world: cases, chains and tallies as the stages' tables would hold them, and a heap of what comes."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Literal

from pipeline.cases.catalogue import Catalogue
from pipeline.clock.policy import Policy
from pipeline.foresight.happenings import Happening
from pipeline.plans.plan import ContactPlan
from pipeline.routing.chain import ChainState
from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.tally import Tally

Door = Literal["reports", "actions"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event arrives at one of the two doors."""

    value: bytes
    door: Door


class Table(StrEnum):
    """Whose timer it is: the law's, people's, or the count of a producer's unreadable events."""

    CASES = "cases"
    CHAINS = "chains"
    TALLIES = "tallies"


@dataclass(frozen=True, slots=True)
class Timer:
    """A row may be due; the row itself says whether it still is."""

    table: Table
    key: str


@dataclass(frozen=True, slots=True)
class Sending:
    """An alert's time to go out has come."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing can be delivered to somebody until `until`."""

    local_id: str
    until: datetime


Event = Arrival | Timer | Sending | Outage


@dataclass(slots=True)
class World:
    """Everything that a run changes. Nothing in it is read from outside once it is made."""

    catalogue: Catalogue
    plans: Mapping[str, ContactPlan]
    now: datetime
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    chains: dict[str, ChainState] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    announced: dict[str, frozenset[str]] = field(default_factory=dict)  # by tally: the hours that people were told of
    newest: dict[str, str] = field(default_factory=dict)  # by what it supersedes: the newest alert's id
    outages: dict[str, datetime] = field(default_factory=dict)  # by local id: until when nothing arrives
    happened: list[Happening] = field(default_factory=list)
    arrivals: int = 0
    _heap: list[tuple[datetime, int, int, Event]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def plan(self, municipality: str) -> ContactPlan:
        """Returns the municipality's plan, or the one of last resort."""
        return self.plans.get(municipality) or self.plans["000"]

    def policy(self, case: CaseRecord) -> Policy:
        """Returns the policy that a reported case is judged by. Raises LookupError if the catalogue lacks it."""
        wanted = case.clocks[0].policy_hash
        for policy in self.catalogue.policies:
            if policy.hash == wanted:
                return policy
        raise LookupError(f"no policy with hash {wanted[:12]}: a released file is missing")

    def row(self, timer: Timer) -> CaseRecord | ChainState | Tally | None:
        """Returns the row that a timer is about, if it is still there."""
        match timer.table:
            case Table.CASES:
                return self.cases.get(timer.key)
            case Table.CHAINS:
                return self.chains.get(timer.key)
            case Table.TALLIES:
                return self.tallies.get(timer.key)

    def expect(self, at: datetime, event: Event) -> None:
        """Puts an event on the heap. Of one moment outages come first, then the law's timers, so that of two rungs people
        hear of the higher alone; all else in the order in which it was put.
        """
        heapq.heappush(self._heap, (at, _rank(event), next(self._order), event))

    def arm(self, table: Table, key: str, wake_at: float | None) -> None:
        """Puts a row's timer (unix seconds) on the heap; one that has moved since is found dead when it comes up."""
        if wake_at is not None:
            self.expect(max(self.now, datetime.fromtimestamp(wake_at, UTC)), Timer(table, key))

    def next(self, until: datetime) -> tuple[datetime, Event] | None:
        """Takes the earliest event at or before `until` off the heap; None if there is none."""
        if not self._heap or self._heap[0][0] > until:
            return None
        at, _, _, event = heapq.heappop(self._heap)
        return at, event

    def note(self, happening: Happening) -> None:
        """Writes down what happened."""
        self.happened.append(happening)


def _rank(event: Event) -> int:
    if isinstance(event, Outage):
        return 0
    return 1 if isinstance(event, Timer) and event.table is Table.CASES else 2
