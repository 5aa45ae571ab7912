"""Taking the snapshot: a plain `read_committed` consumer in no group, which leaves no trace on the broker."""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.audit.limits import Limits
from pipeline.audit.policies import PolicyFile
from pipeline.audit.positions import readers
from pipeline.audit.snapshot import Part, Snapshot
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
    """Returns a snapshot of every topic but the restricted one. The whole of it is held in memory.

    The ends of the tables are asked for first, then those of what follows from them: an effect is never looked for
    before its cause. Raises LookupError for a missing topic, TimeoutError when `budget_s` seconds do not suffice.
    """
    names = [spec.name for spec in topics.specs() if spec.name != topics.deadletters_raw]
    consumer = AIOKafkaConsumer(
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=POLL_MS,
        **connection.client_kwargs(),
    )
    await consumer.start()
    try:
        async with asyncio.timeout(budget_s):
            parts = await _assign(consumer, names)
            tables = {reader.table for reader in readers(topics)}
            table_ends = await _ends(consumer, [part for part in parts if part.topic in tables])
            ends = await _ends_in_order(consumer, parts, topics)
            now = clock.datetime()
            starts = await consumer.beginning_offsets(parts)
            await consumer.seek_to_beginning(*parts)
            records = await _read(consumer, ends)
    finally:
        await consumer.stop()
    return Snapshot(
        topics=topics,
        clock=clock,
        now=now,
        policies=policies,
        records=records,
        starts=_plain(starts),
        ends=_plain(ends),
        table_ends=_plain(table_ends),
        limits=limits or Limits(),
    )


async def _assign(consumer: AIOKafkaConsumer, names: Sequence[str]) -> list[TopicPartition]:
    there = await consumer.topics()
    for name in names:
        if name not in there:
            raise LookupError(f"there is no topic {name}; `brudvagt topics create` makes what is missing")
    consumer.subscribe(names)  # without a group this fetches the metadata and assigns every partition
    # aiokafka refreshes its metadata in the background and has no event to wait for
    while {part.topic for part in consumer.assignment()} != set(names):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return sorted(consumer.assignment())


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


async def _read(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Seen]:
    found: list[Seen] = []
    left = set(ends)
    while left := {part for part in left if await consumer.position(part) < ends[part]}:
        for part, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            found += [
                Seen(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))
                for r in records
                if r.offset < ends[part]
            ]
    return sorted(found, key=lambda one: (one.topic, one.partition, one.offset))


def _plain(offsets: Mapping[TopicPartition, int]) -> dict[Part, int]:
    return {(part.topic, part.partition): offset for part, offset in offsets.items()}
