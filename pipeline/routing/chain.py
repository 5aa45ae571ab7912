"""The state of a case's alarms: what routing keeps between two looks at the case."""

from datetime import datetime

from schemas.alert import Level
from schemas.case import Demand
from schemas.shape import Kept
from schemas.values import Role


class Target(Kept):
    """Somebody to tell at a step: a role and who held it when the chain began."""

    role: Role
    local_id: str


class Step(Kept):
    """One step of a chain, frozen when it starts: who is told together."""

    targets: tuple[Target, ...]


class Told(Kept):
    """Somebody who was told in this run, when first, and by which alerts last."""

    local_id: str
    first_at: datetime
    alert_ids: tuple[str, ...]


class Reminder(Kept):
    """A `page` to the DPO or the decision maker, repeated until that person acknowledges."""

    target: Target
    next_at: datetime
    number: int = 0


class Chain(Kept):
    """One obligation's alarm at one rung. A run starts anew when an acknowledgement expires or the level rises."""

    obligation: str
    role: str
    clock: str
    rung: str
    rung_due_at: datetime
    level: Level
    steps: tuple[Step, ...]
    started_at: datetime
    acks_from: datetime  # an acknowledgement made before it was about something less: an earlier rung, a lower level
    round: int = 1
    step: int = 0  # the last one told in this round, from 1; 0 before the first
    next_at: datetime | None = None  # the next step; None when the chain climbs no further
    reminders: tuple[Reminder, ...] = ()
    current: tuple[str, ...] = ()  # alerts of the current step
    told: tuple[Told, ...] = ()
    missing: tuple[str, ...] = ()  # local ids found absent without a substitute in this run
    acknowledged_by: tuple[str, ...] = ()
    acknowledged_until: datetime | None = None
    look_at: datetime | None = None  # when time alone changes something: an acknowledgement's end, a louder level
    exhausted: bool = False

    def is_for(self, demand: Demand) -> bool:
        """Whether this is the chain of that demand: same obligation, clock, rung and due time."""
        return (self.obligation, self.clock, self.rung, self.rung_due_at) == (
            demand.obligation,
            demand.clock,
            demand.rung,
            demand.rung_due_at,
        )

    @property
    def wake_at(self) -> datetime | None:
        """The earliest time at which something is due in this chain."""
        times = [self.next_at, self.look_at, *(one.next_at for one in self.reminders)]
        return min((at for at in times if at is not None), default=None)


class Unclosed(Kept):
    """The last reminder to close a case on which nothing is owed: when it fell due, and by which alerts it was told."""

    asked_at: datetime
    alert_ids: tuple[str, ...] = ()
    look_at: datetime | None = None  # shortly before the digest that is to bring it; None once it was told


class ChainState(Kept):
    """Everything routing keeps for one case; the value behind the case's reference on the chains topic."""

    reference: str
    municipality: str
    chains: tuple[Chain, ...] = ()
    copied: tuple[str, ...] = ()  # other inbound kinds already passed on, and to whom
    unclosed: Unclosed | None = None

    @property
    def wake_at(self) -> float | None:
        """The earliest thing due, in unix seconds of shown time; None when nothing is."""
        times = [chain.wake_at for chain in self.chains]
        if self.unclosed is not None:
            times.append(self.unclosed.look_at)
        return min((at.timestamp() for at in times if at is not None), default=None)
