"""Fills the table's topic through a plain producer, as fast as one process can."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from pipeline.engine.partitioner import partition_of
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from tests.bench.clocks.schedule import Schedule
from tests.bench.clocks.varying import Template

BATCH_BYTES = 1_000_000
IN_FLIGHT = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written: when the keys that matter are due, and how large the rows are."""

    due: dict[bytes, float]  # of every case that comes due during the measurement
    sizes: Sequence[int]  # bytes of each row, sorted


async def load(connection: Connection, topics: Topics, templates: Sequence[Template], schedule: Schedule) -> Loaded:
    """Writes every case of the schedule to the topic of cases, each on the partition of its key."""
    producer = AIOKafkaProducer(
        **connection.client_kwargs(),
        linger_ms=0,
        acks="all",
        compression_type="zstd",  # as casework's own producer
        max_batch_size=BATCH_BYTES,
        max_request_size=2_000_000,
    )
    await producer.start()
    due: dict[bytes, float] = {}
    sizes: list[int] = []
    pending: set[asyncio.Future[object]] = set()
    batches = [producer.create_batch() for _ in range(topics.partitions)]

    async def hand_over(partition: int) -> None:
        sent: Awaitable[object] = await producer.send_batch(batches[partition], topics.cases, partition=partition)
        pending.add(asyncio.ensure_future(sent))
        batches[partition] = producer.create_batch()
        while len(pending) > IN_FLIGHT:
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            pending.difference_update(done)
            for one in done:
                one.result()

    try:
        for number, at in enumerate(schedule.due_times()):
            key, row = templates[number % len(templates)].make(number, at)
            if number < schedule.steady + schedule.burst:
                due[key] = at
            sizes.append(len(row))
            partition = partition_of(key, topics.partitions)
            if batches[partition].append(timestamp=None, key=key, value=row) is None:
                await hand_over(partition)
                batches[partition].append(timestamp=None, key=key, value=row)
        for partition in range(topics.partitions):
            await hand_over(partition)
        await asyncio.gather(*pending)
    finally:
        await producer.stop()
    return Loaded(due, sorted(sizes))
