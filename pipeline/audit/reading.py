"""Taking snapshots: a plain `read_committed` consumer in no group, which leaves no trace on the broker."""

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.audit.beats import Beats
from pipeline.audit.limits import Limits
from pipeline.audit.policies import PolicyFile
from pipeline.audit.positions import readers
from pipeline.audit.retentions import retentions
from pipeline.audit.snapshot import Part, Snapshot, Written
from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock

POLL_MS = 200
READ_BUDGET_S = 600.0


async def take(
    connection: Connection,
    topics: Topics,
    clock: Clock,
    policies: Sequence[PolicyFile],
    *,
    limits: Limits | None = None,
    budget_s: float = READ_BUDGET_S,
) -> Snapshot:
    """Returns a snapshot of every topic but the restricted one, without the heartbeat's records; it is held in memory.

    Raises LookupError for a missing topic, TimeoutError when `budget_s` seconds do not suffice.
    """
    async with Reader(connection, topics, clock, policies, limits=limits) as reader:
        return await reader.snapshot(budget_s)


class Reader:
    """Takes one snapshot after another and reads each record once. `async with Reader(…) as reader`."""

    def __init__(
        self,
        connection: Connection,
        topics: Topics,
        clock: Clock,
        policies: Sequence[PolicyFile],
        *,
        limits: Limits | None = None,
    ) -> None:
        """Names what is read."""
        self._connection, self._topics, self._clock = connection, topics, clock
        self._policies, self._limits = policies, limits or Limits()
        self._names = [spec.name for spec in topics.specs() if spec.name != topics.deadletters_raw]
        self._tables = {reader.table for reader in readers(topics)}
        self._beats = Beats(topics)
        self._seen: dict[TopicPartition, list[Seen]] = {}
        self._clean: set[Written] = set()  # as long as this reader lives: a day in the auditor that runs always

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MS,
            **self._connection.client_kwargs(),
        )
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def snapshot(self, budget_s: float = READ_BUDGET_S) -> Snapshot:
        """Returns what lies in the topics now.

        The ends of the tables are asked for first, then those of what follows from them: an effect is never looked for
        before its cause. Raises LookupError for a missing topic, TimeoutError when `budget_s` seconds do not suffice.
        """
        consumer = self._consumer
        async with asyncio.timeout(budget_s):
            parts = list(self._seen) or await self._assign()
            table_ends = await _ends(consumer, [part for part in parts if part.topic in self._tables])
            ends = await _ends_in_order(consumer, parts, self._topics)
            now = self._clock.datetime()
            starts = await consumer.beginning_offsets(parts)
            await self._read(ends)
            kept = await retentions(self._connection, self._topics)
        self._forget(starts)
        return Snapshot(
            topics=self._topics,
            clock=self._clock,
            now=now,
            policies=self._policies,
            records=[seen for part in parts for seen in self._seen[part] if seen.offset < ends[part]],
            starts=_plain(starts),
            ends=_plain(ends),
            table_ends=_plain(table_ends),
            retentions=kept,
            limits=self._limits,
            clean=self._clean,
        )

    async def _assign(self) -> list[TopicPartition]:
        consumer, names = self._consumer, self._names
        there = await consumer.topics()
        for name in names:
            if name not in there:
                raise LookupError(f"there is no topic {name}; `brudvagt topics create` makes what is missing")
        consumer.subscribe(names)  # without a group this fetches the metadata and assigns every partition
        # aiokafka refreshes its metadata in the background and has no event to wait for
        while {part.topic for part in consumer.assignment()} != set(names):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        parts = sorted(consumer.assignment())
        await consumer.seek_to_beginning(*parts)
        self._seen = {part: [] for part in parts}
        return parts

    async def _read(self, ends: Mapping[TopicPartition, int]) -> None:
        """Reads up to the ends; what lies beyond them already is kept for the next snapshot."""
        left = set(ends)
        while left := {part for part in left if await self._consumer.position(part) < ends[part]}:
            for part, records in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
                found = [
                    Seen(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in records
                ]
                self._seen[part] += [seen for seen in found if not self._beats.is_beat(seen)]

    def _forget(self, starts: Mapping[TopicPartition, int]) -> None:
        """Drops what retention has removed from the topics since."""
        for part, start in starts.items():
            del self._seen[part][: bisect_left(self._seen[part], start, key=lambda seen: seen.offset)]


async def _ends_in_order(
    consumer: AIOKafkaConsumer, parts: Sequence[TopicPartition], topics: Topics
) -> dict[TopicPartition, int]:
    """Returns the ends, topic by topic in the order of the flow; what comes in is asked for last.

    So each effect of what is seen is seen too, and a receipt's record lies within the snapshot.
    """
    flow = (topics.receipts, topics.facts, topics.cases, topics.chains, topics.alerts, topics.deliveries)
    rest = sorted({part.topic for part in parts} - set(flow))
    found: dict[TopicPartition, int] = {}
    for name in (*flow, *rest):
        found |= await _ends(consumer, [part for part in parts if part.topic == name])
    return found


async def _ends(consumer: AIOKafkaConsumer, parts: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    ends: dict[TopicPartition, int] = await consumer.end_offsets(parts)  # last stable offsets
    return ends


def _plain(offsets: Mapping[TopicPartition, int]) -> dict[Part, int]:
    return {(part.topic, part.partition): offset for part, offset in offsets.items()}
