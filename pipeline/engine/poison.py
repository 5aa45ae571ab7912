"""Poison: who is suspected of having failed a batch, how often each was tried alone, and what is parked.

The suspects stand under a reserved key of the stage's table, written in a transaction of their own before the process
ends; so the next owner of the partition, on whatever machine, tries them in halves and not in a crash loop. A value:
every change returns a new one, and memory takes it only after the commit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

import orjson

from pipeline.engine.batch import Batch
from pipeline.engine.record import Record
from pipeline.engine.timers import Timers
from pipeline.engine.trace import LastError

HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Poison:
    """An item that failed the set number of times: a record or the key of a timer, never both.

    A completion that fails alone counts as its key's timer, which is its repeat.
    """

    record: Record | None
    timer: bytes | None
    attempts: int
    error: Exception

    @classmethod
    def of(cls, batch: Batch, attempts: int, error: Exception) -> Self:
        """Returns the one item of a batch as poison."""
        keys = [*batch.due, *(one.key for one in batch.done)]
        return cls(batch.records[0] if batch.records else None, keys[0] if keys else None, attempts, error)

    @property
    def kind(self) -> str:
        """`record` or `timer`."""
        return "timer" if self.record is None else "record"


@dataclass(frozen=True, slots=True)
class TimerSuspect:
    """How often a timer's key failed; parked until this real unix time, 0 for not parked."""

    attempts: int
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Suspects:
    """Per topic the offsets [first, last] under suspicion, attempts of records tried alone, timers, recent errors."""

    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    alone: Mapping[str, int] = field(default_factory=dict)
    timers: Mapping[bytes, TimerSuspect] = field(default_factory=dict)
    errors: tuple[float, ...] = ()
    """Real unix times of the internal errors of the last hour: the limit that halts a bad deploy counts them."""
    last: LastError | None = None
    """The latest failure that ended a process: kept, because whoever looks asks the process that came after it."""

    def holds(self, item: Record | bytes) -> bool:
        """Tells whether a record or a timer's key is under suspicion."""
        if isinstance(item, bytes):
            return item in self.timers
        span = self.spans.get(item.topic)
        return span is not None and span[0] <= item.offset <= span[1]

    def attempts(self, item: Record | bytes) -> int:
        """Returns how often an item has failed so far; the failure of its batch counts for each of its items."""
        if not self.holds(item):
            return 0
        return self.timers[item].attempts if isinstance(item, bytes) else self.alone.get(_name(item), 1)

    def attempts_in(self, batch: Batch) -> int:
        """Returns how often the most suspect item of a batch has failed."""
        items: list[Record | bytes] = [*batch.records, *batch.due]
        return max((self.attempts(item) for item in items), default=0)

    def accuse(self, batch: Batch) -> Self:
        """Returns the suspects after `batch` failed; an item that was alone in it has one attempt more."""
        spans, alone, timers = dict(self.spans), dict(self.alone), dict(self.timers)
        for record in batch.records:
            first, last = spans.get(record.topic, (record.offset, record.offset))
            if batch.size == 1:
                alone[_name(record)] = self.attempts(record) + 1
            spans[record.topic] = (min(first, record.offset), max(last, record.offset))
        for key in batch.due:
            known = self.attempts(key)
            timers[key] = TimerSuspect(known + 1 if batch.size == 1 or not known else known)
        return replace(self, spans=spans, alone=alone, timers=timers)

    def because(self, error: LastError | None) -> Self:
        """Returns the suspects with the latest failure."""
        return replace(self, last=error)

    def clear(self, batch: Batch) -> Self:
        """Returns the suspects after `batch` succeeded; the same object if nobody in it was one."""
        if not self.spans and not self.timers:
            return self
        after = batch.positions()
        spans = {
            topic: (max(first, after.get(topic, first)), last)
            for topic, (first, last) in self.spans.items()
            if after.get(topic, first) <= last
        }
        timers = {key: suspect for key, suspect in self.timers.items() if key not in batch.due}
        if spans == self.spans and len(timers) == len(self.timers):
            return self
        handled = {_name(record) for record in batch.records}
        alone = {name: count for name, count in self.alone.items() if name not in handled}
        return replace(self, spans=spans, alone=alone, timers=timers)

    def erred(self, now: float) -> Self:
        """Returns the suspects with one more internal error at real unix time `now`; forgets those of over an hour."""
        return replace(self, errors=(*(at for at in self.errors if at > now - HOUR_S), now))

    def errors_within_hour(self, now: float) -> int:
        """Returns how many internal errors the last hour saw."""
        return sum(at > now - HOUR_S for at in self.errors)

    def park(self, key: bytes, until: float) -> Self:
        """Returns the suspects with a timer parked until a real unix time, one attempt more."""
        return replace(self, timers={**self.timers, key: TimerSuspect(self.attempts(key) + 1, until)})

    def park_again(self, timers: Timers, shown: Callable[[float], float]) -> Self:
        """Arms parked timers at the time of their parking; returns the suspects without those that are armed no more.

        `timers` are those of a table just read; `shown` turns real unix seconds into shown ones.
        """
        kept = {key: suspect for key, suspect in self.timers.items() if timers.due_at(key) is not None}
        for key, suspect in kept.items():
            if suspect.until:
                timers.arm(key, shown(suspect.until))
        return replace(self, timers=kept)

    @property
    def count(self) -> int:
        """How many spans of records and timers are under suspicion."""
        return len(self.spans) + len(self.timers)

    @property
    def parked(self) -> int:
        """How many timers are parked."""
        return sum(suspect.until > 0 for suspect in self.timers.values())

    def is_parked(self, key: bytes) -> bool:
        """Tells whether a timer is parked."""
        return key in self.timers and self.timers[key].until > 0

    def encode(self) -> bytes | None:
        """Returns the row for the table; None, a tombstone, when there is nothing to remember."""
        if not (self.spans or self.timers or self.errors or self.last):
            return None
        timers = {key.hex(): [suspect.attempts, suspect.until] for key, suspect in self.timers.items()}
        return orjson.dumps(
            {"spans": self.spans, "alone": self.alone, "timers": timers, "errors": self.errors, "last": self.last}
        )

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """Reads the row; no row is no suspects."""
        if value is None:
            return cls()
        row = orjson.loads(value)
        return cls(
            spans={topic: (first, last) for topic, (first, last) in row["spans"].items()},
            alone=row["alone"],
            timers={bytes.fromhex(key): TimerSuspect(count, until) for key, (count, until) in row["timers"].items()},
            errors=tuple(row["errors"]),
            last=LastError(**last) if (last := row.get("last")) else None,  # older rows have none
        )


def _name(record: Record) -> str:
    return f"{record.topic}@{record.offset}"
