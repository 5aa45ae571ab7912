"""Writes records to a topic and reads whole topics, for tests that look at Kafka from outside."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from pipeline.kafka.connection import Connection

READ_BUDGET_S = 90.0
POLL_MS = 200

Headers = Sequence[tuple[str, bytes]]


class Isolation(StrEnum):
    """Whether aborted and open transactions show."""

    COMMITTED = "read_committed"
    UNCOMMITTED = "read_uncommitted"


@dataclass(frozen=True)
class Outgoing:
    """A record to write; without a partition its key decides, as for any Kafka client."""

    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    headers: Headers = ()
    timestamp_ms: int | None = None


@dataclass(frozen=True)
class Found:
    """A record as it lies in a topic. `timestamp_ms` is the broker's (LogAppendTime)."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


async def produce(connection: Connection, topic: str, records: Iterable[Outgoing]) -> list[tuple[int, int]]:
    """Write records in order, all acknowledged on return; returns (partition, offset) of each."""
    producer = AIOKafkaProducer(acks="all", linger_ms=1, max_request_size=4 * 1024 * 1024, **connection.client_kwargs())
    await producer.start()
    try:
        pending = [
            await producer.send(
                topic,
                record.value,
                key=record.key,
                partition=record.partition,
                timestamp_ms=record.timestamp_ms,
                headers=list(record.headers),
            )
            for record in records
        ]
        await producer.flush()
        return [(sent.partition, sent.offset) for sent in [await future for future in pending]]
    finally:
        await producer.stop()


async def read_all(
    connection: Connection,
    topic: str,
    isolation: Isolation = Isolation.COMMITTED,
    *,
    budget_s: float = READ_BUDGET_S,
) -> list[Found]:
    """Read a topic from its beginning to the end seen now, ordered by partition and offset.

    The end is the last stable offset for committed reading, the high watermark otherwise. Raises
    `TimeoutError` when `budget_s` seconds do not suffice.
    """
    consumer = AIOKafkaConsumer(
        topic,  # without a group, all its partitions are assigned at start
        isolation_level=isolation.value,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=POLL_MS,
        **connection.client_kwargs(),
    )
    await consumer.start()
    try:
        async with asyncio.timeout(budget_s):
            return await _read_assigned(consumer)
    finally:
        await consumer.stop()


async def read_until(
    connection: Connection,
    topic: str,
    count: int,
    isolation: Isolation = Isolation.COMMITTED,
    *,
    budget_s: float = READ_BUDGET_S,
) -> list[Found]:
    """Read a topic again and again until it holds at least `count` records; returns all of them.

    Raises `TimeoutError` after `budget_s` seconds.
    """
    async with asyncio.timeout(budget_s):
        while True:
            found = await read_all(connection, topic, isolation, budget_s=budget_s)
            if len(found) >= count:
                return found
            await asyncio.sleep(POLL_MS / 1000)


async def _read_assigned(consumer: AIOKafkaConsumer) -> list[Found]:
    partitions = list(consumer.assignment())
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[Found] = []
    # A position moves past transaction markers and compacted offsets too, where counting records would not.
    while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
        for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            found += [
                Found(r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
                for r in records
                if r.offset < ends[partition]
            ]
    return sorted(found, key=lambda record: (record.partition, record.offset))
