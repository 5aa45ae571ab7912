"""The notification log: one record per alert, compacted, rewritten at every step of its story."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from schemas.alert import Alert
from schemas.shape import Kept

NEWEST: Final = b"newest/"
"""Under this prefix stands which alert is the newest for one obligation, person and channel."""

BY_CASE: Final = b"case/"
"""Under this prefix stand the alerts of one case, so that they can be forgotten with it."""

INDEXES: Final = (NEWEST, BY_CASE)
"""Rows of delivery's own; readers of the log skip them, as they skip keys that begin with byte 0."""


class DeliveryStatus(StrEnum):
    """How far an alert has come. `intended` stands in the log before the first attempt."""

    WAITING = "waiting"  # quiet hours or digest
    INTENDED = "intended"
    SENT = "sent"
    FAILED = "failed"  # will be tried again
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"


class Attempt(Kept):
    """One attempt: when, how it went, and the far end's answer without anything about a person."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    error: str | None = None  # class of error: refused, timeout, rejected, …
    permanent: bool = False
    answer: str | None = None


class Delivery(Kept):
    """One alert's story."""

    alert: Alert
    status: DeliveryStatus
    attempts: tuple[Attempt, ...] = ()
    next_at: float | None = None  # unix seconds of the shown clock: the next attempt, or the repeat if a result is lost
    sent_at: datetime | None = None
    repeat: bool = False  # may have reached the person before: a result was lost
    traceparent: str | None = None  # the alert's place in its trace, for what its timer does later
