"""A Kafka in memory with transactions, fencing and a last stable offset, that can stop a process at any step.

Every operation passes `Process.step`: there a process crashes for good (`crash_at`), hangs like a suspended one
(`suspend_at`) until it is resumed, or is refused by the broker (`fail_at`), and there a seeded number of turns of the
loop reorders what runs beside it.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Generator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.engine.errors import EngineError, TopicMismatch
from pipeline.engine.port import Inbox, Outbox, Reach
from pipeline.engine.record import Cells, Record, Row
from pipeline.engine.upstream import Upstream


class Crash(BaseException):
    """The process is dead: whatever it tries next does nothing."""


class Refused(Exception):
    """The broker answered an operation with an error."""


class Fenced(Exception):
    """A newer owner of the transactional id exists."""


@dataclass
class Entry:
    """One record of a log; `state` is open, committed, aborted or marker, `life` counts the fences up to its writer's."""

    row: Row
    state: str
    life: int = 0


@dataclass
class MemoryKafka:
    """The logs and the owners of transactional ids. `fencing` off is the sabotage that a test must find."""

    fencing: bool = True
    logs: dict[tuple[str, int], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    lives: int = 0
    epochs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    open: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))

    def put(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Appends a record outside any transaction."""
        self.logs[topic, partition].append(Entry(Row(key, value), "committed"))

    def stable(self, topic: str, partition: int) -> int:
        """Returns the last stable offset."""
        log = self.logs[topic, partition]
        return next((offset for offset, entry in enumerate(log) if entry.state == "open"), len(log))

    def committed(self, topic: str, partition: int) -> list[Row]:
        """Returns what a `read_committed` reader sees."""
        log = self.logs[topic, partition][: self.stable(topic, partition)]
        return [entry.row for entry in log if entry.state == "committed"]


@dataclass
class Process:
    """One life of a worker process."""

    kafka: MemoryKafka
    random: random.Random
    crash_at: int = 0
    suspend_at: int = 0
    fail_at: int = 0
    steps: int = 0
    dead: bool = False
    trace: list[str] = field(default_factory=list)
    suspended: asyncio.Event = field(default_factory=asyncio.Event)
    resumed: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self, name: str) -> None:
        """Passes one point between two operations, or does not."""
        if self.dead:
            raise Crash(name)
        self.steps += 1
        self.trace.append(name)
        if self.steps == self.crash_at:
            self.dead = True
            raise Crash(name)
        if self.steps == self.fail_at:
            raise Refused(name)
        if self.steps == self.suspend_at:
            self.suspended.set()
            await self.resumed.wait()
        for _ in range(self.random.randrange(3)):
            await asyncio.sleep(0)


@dataclass(eq=False)
class Acknowledgement:
    """What is awaited for one batch; nothing happens if nobody does."""

    process: Process

    def __await__(self) -> Generator[object, None, None]:
        return self.process.step("acknowledged").__await__()


class MemoryOutbox:
    """See `Outbox`."""

    def __init__(self, process: Process, transactional_id: str) -> None:
        self._process, self._kafka, self._id = process, process.kafka, transactional_id
        self._epoch = self._life = 0
        self._mine: list[Entry] = []

    async def fence(self) -> None:
        """Takes the id over and aborts what its older owner left open."""
        await self._process.step("fence")
        if self._kafka.fencing:
            self._kafka.epochs[self._id] += 1
            for entry in self._kafka.open.pop(self._id, []):
                entry.state = "aborted"
        self._epoch = self._kafka.epochs[self._id]
        self._kafka.lives += 1
        self._life = self._kafka.lives

    async def begin(self) -> None:
        """Begins."""
        await self._process.step("begin")
        self._mine = []

    async def produce(self, topic: str, partition: int, rows: Sequence[Cells]) -> Sequence[Awaitable[object]]:
        """Appends open entries."""
        await self._process.step(f"produce {topic}")
        self._check()
        entries = [Entry(Row(*row), "open", self._life) for row in rows]
        self._mine += entries
        self._kafka.open[self._id] += entries
        self._kafka.logs[topic, partition] += entries
        return [Acknowledgement(self._process)]

    async def commit(self) -> None:
        """Commits what is open; the answer may get lost."""
        await self._process.step("commit")
        self._check()
        for entry in self._mine:
            entry.state = "committed"
        self._kafka.open.pop(self._id, None)
        await self._process.step("commit answered")

    async def close(self) -> None:
        """Says nothing."""

    def _check(self) -> None:
        if self._epoch != self._kafka.epochs[self._id]:
            raise Fenced(self._id)


class MemoryInbox:
    """See `Inbox`."""

    def __init__(self, process: Process, partition: int, positions: dict[str, int]) -> None:
        self._process, self._partition, self._positions = process, partition, positions
        self._ends = {topic: process.kafka.stable(topic, partition) for topic in positions}

    @property
    def ends(self) -> Mapping[str, int]:
        """The last stable offsets at opening."""
        return self._ends

    async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Returns what is there, or nothing after a turn of the loop."""
        if self._process.dead:
            raise Crash("fetch")
        records: list[Record] = []
        kafka = self._process.kafka
        for topic in self._positions:
            log, stable = kafka.logs[topic, self._partition], kafka.stable(topic, self._partition)
            while self._positions[topic] < stable and len(records) < max_records:
                offset = self._positions[topic]
                row, state = log[offset].row, log[offset].state
                self._positions[topic] += 1
                if state == "committed":
                    records.append(Record(topic, self._partition, offset, row.key, row.value, row.headers, 0))
        if records:
            await self._process.step("fetched")
        else:
            await asyncio.sleep(0.001)
        return records

    def reach(self) -> Mapping[str, Reach]:
        """Returns the positions."""
        kafka, number = self._process.kafka, self._partition
        return {
            topic: Reach(position, kafka.stable(topic, number), len(kafka.logs[topic, number]))
            for topic, position in self._positions.items()
        }

    async def close(self) -> None:
        """Closes nothing."""


class MemoryPort:
    """See `Port`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def outbox(self, transactional_id: str) -> Outbox:
        """Returns a producer."""
        return MemoryOutbox(self._process, transactional_id)

    async def inbox(self, topics: Sequence[str], partition: int, positions: Mapping[str, int]) -> Inbox:
        """Opens a reader."""
        await self._process.step("open inbox")
        for topic, position in positions.items():
            if topic in topics and position > self._process.kafka.stable(topic, partition):
                raise EngineError(f"{topic} ends before {position}: the topic was made anew")
        return MemoryInbox(self._process, partition, {topic: positions.get(topic, 0) for topic in topics})

    async def scan(self, topic: str, partition: int) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """Yields the committed rows."""
        await self._process.step("scan")
        for row in self._process.kafka.committed(topic, partition):
            await self._process.step("scan")
            assert row.key is not None
            yield [(row.key, row.value)]

    async def ends_behind(
        self, upstream: Sequence[Upstream], topics: Sequence[str], partition: int
    ) -> Mapping[str, int]:
        """There are no groups in memory: a stage here has none before it."""
        raise EngineError(f"no groups in memory to look at for {[stage.group for stage in upstream]}")

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """One partition each, of the topics that hold something."""
        there = {topic for topic, _ in self._process.kafka.logs}
        if missing := sorted(set(topics) - there):
            raise TopicMismatch(f"these topics do not exist: {', '.join(missing)}")
        return dict.fromkeys(topics, 1)
