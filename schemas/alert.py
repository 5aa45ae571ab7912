"""What routing asks delivery to bring: one obligation, to one person, over one channel. Nothing about anyone."""

from datetime import datetime
from enum import StrEnum

from schemas.shape import Kept


class Level(StrEnum):
    """How loud: `page` wakes people, `act` waits for the next opening at most, `digest` is a daily list."""

    PAGE = "page"
    ACT = "act"
    DIGEST = "digest"
    INFO = "info"


class AlertKind(StrEnum):
    """`case` asks for an act; `platform` tells operations; `gone` lets delivery forget what was erased."""

    CASE = "case"
    PRODUCER = "producer"  # a form that sends unreadable events: one alert that names the number
    PLATFORM = "platform"
    GONE = "gone"


class Alert(Kept):
    """One alert. `alert_id` is a digest of what makes it one: see `pipeline.routing`."""

    alert_id: str
    kind: AlertKind
    level: Level
    municipality: str
    reference: str | None = None
    obligation: str
    rung: str
    missed: tuple[str, ...] = ()
    lateness_s: float = 0.0
    recipient: str  # local id in the contact plan; never an address
    role: str
    channel: str  # name of a channel in the contact plan
    round: int = 1
    step: int = 1
    language: str = "da"
    outcome: str | None = None
    worst: str | None = None
    also: tuple[str, ...] = ()  # what else is owed on the case, so that one text says it all
    why: tuple[str, ...] = ()  # short codes of the rules that decided, for the text
    deadline_at: datetime | None = None
    created_at: datetime
    not_before: datetime | None = None  # quiet hours or the digest's time
    supersedes: str | None = None  # same obligation and person: the newest of these is the one to send
    count: int | None = None  # of rejected events, for `producer`
    producer: str | None = None
