"""How far each stage has read, by the position rows in its table; read as data, not with the engine's code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from pipeline.audit.snapshot import Part, Snapshot
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics

POSITION_KEY = b"\x00engine"


@dataclass(frozen=True, slots=True)
class Reader:
    """A stage as its topics show it: the table that holds its positions, and what it reads."""

    stage: str
    table: str
    inputs: tuple[str, ...]


def readers(topics: Topics) -> tuple[Reader, ...]:
    """Returns the four stages (design §2)."""
    return (
        Reader("intake", topics.intake, topics.ingress),
        Reader("casework", topics.cases, (topics.facts,)),
        Reader("routing", topics.chains, (topics.cases,)),
        Reader("delivery", topics.deliveries, (topics.alerts,)),
    )


@dataclass(frozen=True, slots=True)
class Positions:
    """The offset that the topic's reader reads next, by partition; 0 where it has never read."""

    next_offset: Mapping[Part, int]

    def handled(self, seen: Seen) -> bool:
        """Whether the topic's reader had handled the record when the snapshot was taken."""
        return seen.offset < self.next_offset.get((seen.topic, seen.partition), 0)


def positions(snapshot: Snapshot) -> Positions:
    """Returns what the position rows said at the snapshot's beginning; the last row before then counts."""
    tables = {reader.table: reader for reader in readers(snapshot.topics)}
    found: dict[Part, int] = {}
    for seen in snapshot.records:
        reader = tables.get(seen.topic)
        if reader is None or seen.key != POSITION_KEY or seen.value is None or not _in_time(snapshot, seen):
            continue
        told = orjson.loads(seen.value)["positions"]
        found |= {(topic, seen.partition): int(told[topic]) for topic in reader.inputs if topic in told}
    return Positions(found)


def unread(snapshot: Snapshot, known: Positions, inputs: Iterable[str]) -> dict[Part, Seen]:
    """Returns the oldest record of each partition of `inputs` that its reader has not handled."""
    wanted, oldest = set(inputs), dict[Part, Seen]()
    for seen in snapshot.records:
        if seen.topic in wanted and not known.handled(seen):
            oldest.setdefault((seen.topic, seen.partition), seen)
    return oldest


def _in_time(snapshot: Snapshot, seen: Seen) -> bool:
    return seen.offset < snapshot.table_ends.get((seen.topic, seen.partition), seen.offset + 1)
