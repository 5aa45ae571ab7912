"""One partition of one stage: inputs as logs with a committed position, a table, timers, and commits that are atomic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from agents.context import Context
from agents.taken_over import SETTLING_S
from pipeline.engine.ahead import Ahead, Prepare
from pipeline.engine.batch import Batch
from pipeline.engine.completions import Completion, Effect
from pipeline.engine.partitioner import partition_of
from pipeline.engine.record import Headers, Record, Send
from pipeline.engine.table import TableRules, TxTable, apply_changes
from pipeline.engine.timers import DueOf, Timers
from pipeline.engine.transaction import DueKeys, Outputs, Tx
from tests.simulation.clock import SteeredClock

PARTITIONS = 2
_ROOMY = 10_000_000
_MOST_RECORDS, _MOST_TIMERS = 20, 20


class Log:
    """One partition of one topic: only ever appended to."""

    def __init__(self, topic: str, partition: int) -> None:
        self.topic, self.partition = topic, partition
        self.records: list[Record] = []

    def append(self, key: bytes | None, value: bytes | None, true_s: float, headers: Headers | None = None) -> Record:
        """Adds a record with the broker's time in whole milliseconds; without headers of its own as a sender's event."""
        offset, carried = len(self.records), HEADERS if headers is None else headers
        record = Record(self.topic, self.partition, offset, key, value, carried, int(true_s * 1000))
        self.records.append(record)
        return record


HEADERS = (("content-type", b"application/cloudevents+json"),)

Handle = Callable[[Context, Tx], None]


class Unit(Tx):
    """A transaction without an event loop: what the handler writes is kept or dropped as a whole."""

    def __init__(
        self, batch: Batch, table: TxTable, due: DueKeys, outputs: Outputs, ahead: Ahead | None = None
    ) -> None:
        self.partition = outputs.partition
        self.table = table
        self.due: Sequence[bytes] = due
        self.sends: list[Send] = []
        self.effects: list[tuple[bytes, Effect]] = []
        self.notes: list[Callable[[], None]] = []
        self.mentions = batch.mentions
        self._batch = batch
        self._outputs = outputs
        self._ahead = ahead


@dataclass(slots=True)
class Done:
    """What one commit made true."""

    sends: list[Send]
    changes: dict[bytes, bytes | None]
    before: dict[bytes, bytes | None]
    records: int
    timers: int


@dataclass(slots=True)
class Station:
    """A stage's partition. `committed` and `positions` survive a crash; rows and timers in memory do not."""

    name: str
    partition: int
    context: Context
    clock: SteeredClock
    handle: Handle
    due_of: DueOf | None
    inputs: tuple[Log, ...]
    outputs: Outputs
    keyed: bool
    table_topic: str
    committed: dict[bytes, bytes] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    rows: dict[bytes, bytes] = field(default_factory=dict)
    timers: Timers = field(default_factory=lambda: Timers(None))
    ends: dict[str, int] = field(default_factory=dict)  # inputs' ends seen at opening; timers wait until they are read
    planned: list[tuple[float, float]] = field(default_factory=list)  # when the station is down, in true seconds
    reopen: bool = False  # it crashed: before it works again it takes the partition over
    opened_at: float = 0.0
    taken_at: float = 0.0  # when the partition was taken over last, in true seconds
    generation: int = 0
    prepare: Prepare | None = None  # what the stage does ahead of its timers
    ahead: Ahead | None = None
    done: list[Completion] = field(default_factory=list)  # side effects that have ended, for the next unit of work

    def open(self) -> None:
        """Takes the partition over: rows and timers come from what was committed, and from nothing else."""
        self.rows = dict(self.committed)
        self.timers = Timers(self.due_of)
        due = {key: self.timers.due_of(key, row) for key, row in self.rows.items()}
        self.timers.load({key: at for key, at in due.items() if at is not None})
        self.ends = {log.topic: len(log.records) for log in self.inputs}
        self.taken_at = self.clock.true_s
        self.ahead = None if self.prepare is None else Ahead(self.prepare, self.timers, self.clock)

    @property
    def taken_over(self) -> bool:
        """Whether the partition was taken over less than a minute ago."""
        return self.clock.true_s - self.taken_at < SETTLING_S

    def up_from(self, at: float) -> float:
        """Returns `at`, or when the outages that hold then have ended."""
        while (end := max((end for start, end in self.planned if start <= at < end), default=None)) is not None:
            at = end
        return at

    def was_down(self, now: float) -> bool:
        """Whether an outage has ended since the partition was opened last; notes that it is open now."""
        since, self.opened_at = self.opened_at, now
        return any(since < end <= now for _, end in self.planned)

    @property
    def lag(self) -> int:
        """How many input records wait."""
        return sum(len(log.records) - self.positions.get(log.topic, 0) for log in self.inputs)

    @property
    def caught_up(self) -> bool:
        """Whether everything that was there at opening has been read."""
        return all(self.positions.get(topic, 0) >= end for topic, end in self.ends.items())

    def next_timer(self) -> float | None:
        """Returns in true seconds when the earliest timer is due by this station's own clock."""
        due = self.timers.next_due()
        return None if due is None or not self.caught_up else due - self.clock.skew_s

    def work(self, true_s: float, rng: Random) -> Unit:
        """Lets the stage's own code handle one batch; nothing is true yet."""
        self.clock.steer(true_s)
        now, limit = self.clock.now(), rng.randint(1, _MOST_RECORDS)
        records: list[Record] = []
        for log in self.inputs:
            start = self.positions.get(log.topic, 0)
            records += log.records[start : start + limit]
        done, self.done = self.done, []
        self._look_ahead()
        may_fire = self.caught_up
        keys = self.timers.take(now, _MOST_TIMERS) if may_fire else []
        rules = TableRules(self.table_topic, self.partition, PARTITIONS, self.keyed, _ROOMY)
        table = TxTable(self.rows, rules)
        unit = Unit(Batch(records, keys, done), table, DueKeys(keys, table, self.timers, now), self.outputs, self.ahead)
        self.handle(self.context, unit)
        return unit

    def commit(self, unit: Unit) -> Done:
        """Makes a unit of work true: rows, position and outputs at once."""
        changes = dict(unit.table.changes)
        before = {key: self.committed.get(key) for key in changes}
        apply_changes(self.committed, changes)
        apply_changes(self.rows, changes)
        if self.ahead is not None:
            self.ahead.forget(changes)
        for key, value in changes.items():
            self.timers.committed(key, value)
        for key in list(unit.due[:]):
            if key not in changes and (row := self.rows.get(key)) is not None:
                due = self.timers.due_of(key, row)
                if due is not None:
                    self.timers.put_back(key, max(due, self.clock.now() + 1.0))
        for record in unit.records:
            self.positions[record.topic] = record.offset + 1
        self._look_ahead()
        return Done(unit.sends, changes, before, len(unit.records), len(unit.due))

    def _look_ahead(self) -> None:
        """Prepares the timers of the next minute, as an idle worker does."""
        while self.ahead is not None and self.ahead.work(self.rows):
            pass


def home(key: bytes | None) -> int:
    """Returns the partition of a key."""
    return 0 if key is None else partition_of(key, PARTITIONS)
