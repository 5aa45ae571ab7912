"""Which deadline of a case comes first, and by which law: a case may carry the clock of NIS 2 beside the breach's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.case import CaseRecord, ObligationName, Status


class Law(StrEnum):
    """By which law a deadline runs, as people call it."""

    GDPR = "GDPR"
    NIS2 = "NIS 2"


@dataclass(frozen=True, slots=True)
class Due:
    """The deadline that comes first, and every law that has it: NIS 2's notification may fall on the breach's 72 hours."""

    at: datetime
    laws: tuple[Law, ...]


def next_due(record: CaseRecord) -> Due | None:
    """Returns the earliest deadline that still runs, of either clock or of NIS 2's final report; None if none does."""
    running = list(_running(record))
    first = min((at for at, _ in running), default=None)
    return None if first is None else Due(first, tuple(law for at, law in running if at == first))


def asks_nothing(record: CaseRecord) -> bool:
    """Says whether a case is open although everything on it is settled: it waits for a person to close it."""
    slept = record.status is Status.OPEN and record.wake_at is None  # as an earlier version left it
    return record.settled is not None or slept


def _running(record: CaseRecord) -> Iterator[tuple[datetime, Law]]:
    for place, clock in enumerate(record.clocks):
        if clock.stopped_by is None:
            yield clock.deadline_at, Law.NIS2 if place else Law.GDPR  # the breach's clock stands first
    for owed in record.obligations:
        if owed.name is ObligationName.NIS2_FINAL_REPORT and owed.settled_by is None and owed.due_at is not None:
            yield owed.due_at, Law.NIS2
