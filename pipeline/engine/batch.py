"""One batch of work: records, due timers and completions of one partition that share a transaction."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from pipeline.engine.completions import Completion
from pipeline.engine.record import Record

_random = random.Random()  # seeded by the system: ids must be apart, not secret  # noqa: S311


def _fresh() -> str:
    return f"{_random.getrandbits(32):08x}"  # too short to be read as a CPR number


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction handles; `suspect` batches hold only items that failed before."""

    records: Sequence[Record] = ()
    due: Sequence[bytes] = ()
    done: Sequence[Completion] = ()
    suspect: bool = False
    id: str = field(default_factory=_fresh, compare=False)
    """Names it in log lines, until it is handled or halved."""
    mentions: list[str] = field(default_factory=list, compare=False)
    """What the agent wants named in whatever is logged of it: the trace ids that it met."""

    @property
    def size(self) -> int:
        """How many items it has."""
        return len(self.records) + len(self.due) + len(self.done)

    def positions(self) -> dict[str, int]:
        """Returns per input topic the offset to read next once this batch is handled."""
        return {record.topic: record.offset + 1 for record in self.records}

    def halves(self) -> tuple[Self, Self]:
        """Splits it in two suspect batches, records in their order; the first half is handled first."""
        if len(self.records) > 1 or (self.records and (self.due or self.done)):
            cut = len(self.records) // 2 if not (self.due or self.done) else len(self.records)
            return (
                type(self)(self.records[:cut], suspect=True),
                type(self)(self.records[cut:], self.due, self.done, suspect=True),
            )
        if self.due and self.done:
            return type(self)((), self.due, (), suspect=True), type(self)((), (), self.done, suspect=True)
        cut = self.size // 2
        return (
            type(self)((), self.due[:cut], self.done[:cut], suspect=True),
            type(self)((), self.due[cut:], self.done[cut:], suspect=True),
        )

    def describe(self) -> str:
        """Names its items by position, without anything that is in them."""
        spans: dict[str, tuple[int, int]] = {}
        for record in self.records:
            name = f"{record.topic}[{record.partition}]"
            first, _ = spans.get(name, (record.offset, 0))
            spans[name] = (first, record.offset)
        parts = [f"{name}@{first}" + (f"-{last}" if last > first else "") for name, (first, last) in spans.items()]
        if self.due:
            parts.append(f"{len(self.due)} timers from key {self.due[0].decode(errors='replace')!r}")
        if self.done:
            parts.append(f"{len(self.done)} completions from key {self.done[0].key.decode(errors='replace')!r}")
        return ", ".join(parts) or "nothing"
