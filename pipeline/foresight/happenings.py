"""What happens to a report: one frozen value for each thing that a person would want to see coming."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.cases.due import Law
from schemas.actions import Outcome
from schemas.alert import Level


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens `at` (aware UTC) to the case `reference`; None where no case is concerned."""

    at: datetime
    reference: str | None


@dataclass(frozen=True, slots=True)
class Told(Happening):
    """A report, or more about one, reached the municipality."""

    kind: str  # of fact


@dataclass(frozen=True, slots=True)
class Acted(Happening):
    """A person did something on the case."""

    act: str  # kind of fact
    role: str
    local_id: str


@dataclass(frozen=True, slots=True)
class Refused(Happening):
    """An event was not taken: the dead letter's code and field path, and why in words."""

    code: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged(Happening):
    """The risk that the case is held to carry became this."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ClockSet(Happening):
    """A deadline towards an authority was counted, by `law`; `before` is the one it takes the place of."""

    policy: str
    aware_at: datetime
    deadline_at: datetime
    before: datetime | None = None
    law: Law = Law.GDPR


@dataclass(frozen=True, slots=True)
class ClockStopped(Happening):
    """The clock towards an authority stopped: a filing, or a reasoned no."""

    deadline_at: datetime
    by: str  # kind of fact
    law: Law = Law.GDPR


@dataclass(frozen=True, slots=True)
class RungReached(Happening):
    """A rung of the ladder, or a reminder of an obligation, was reached; late after an outage or for an old claim."""

    clock: str
    rung: str
    due_at: datetime
    late: timedelta
    law: Law = Law.GDPR


class Fate(StrEnum):
    """What became of an alert."""

    SENT = "sent"
    SUPERSEDED = "superseded"  # a newer one of the same obligation and person took its place before it went out
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class Alerted(Happening):
    """An alert went to a person, or did not."""

    fate: Fate
    level: Level
    kind: str
    obligation: str
    rung: str
    role: str
    local_id: str
    channel: str
    why: tuple[str, ...]
    round: int
    step: int
    raised_at: datetime  # earlier than `at` where it waited for the digest's time or an opening
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found(Happening):
    """Routing found that somebody is missing, or that nobody on the whole chain answered."""

    kind: str  # of fact
    about: str  # a local id, or the rung


@dataclass(frozen=True, slots=True)
class StatusChanged(Happening):
    """The case was closed, reopened or absorbed."""

    status: str
