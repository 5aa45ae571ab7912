"""A case on which nothing is owed any more waits for a person to close it: the machine closes nothing (decision 021).

Until it is closed its retention never begins (GDPR Art. 5(1)(e)). So it asks to be closed, so long after the last that
anybody told or did, and again after as long each time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from pipeline.cases.ladder import Step, reached
from schemas.case import Rung, Settled
from schemas.facts import MACHINE, Fact

UNCLOSED: Final = "unclosed"
"""The clock and the rung by which a settled case counts; also what an alert about it is called."""


class Closing(NamedTuple):
    """The run of reminders to close a case that has been settled `since` then."""

    since: datetime
    every: timedelta
    clock: str = UNCLOSED

    def next(self, known: Iterable[tuple[str, datetime]]) -> Rung:
        """Returns the reminder after the last one that was reached."""
        return Rung(UNCLOSED, UNCLOSED, (self.last(known) or self.since.astimezone(UTC)) + self.every)

    def last(self, known: Iterable[tuple[str, datetime]]) -> datetime | None:
        """Returns when the last reminder that was reached fell due; None where none has since the last act."""
        return max((due for name, due in known if name == UNCLOSED and due > self.since), default=None)


def closing(facts: Sequence[Fact], every: timedelta) -> Closing:
    """Returns the reminders of an open case with these facts (at least a report) on which nothing is owed."""
    return Closing(max(fact.recorded_at for fact in facts if fact.kind not in MACHINE), every)


def settled(run: Closing, climbed: Sequence[Step], *, elsewhere: bool) -> Settled:
    """Returns the same as the record keeps it."""
    return Settled(since=run.since, asked_at=run.last(reached(climbed, UNCLOSED)), elsewhere=elsewhere)
