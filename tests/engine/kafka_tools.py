"""What the engine's tests need of a real Kafka: topics, reports, and reading everything back."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from pipeline.engine.partitioner import partition_of

PARTITIONS = 4


@dataclass(frozen=True)
class Seen:
    """One record read back."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int


async def create_topics(
    bootstrap: str,
    names: Iterable[str],
    configs: Mapping[str, Mapping[str, str]] | None = None,
    count: int = PARTITIONS,
    replication: int = 1,
) -> None:
    """Creates topics; `configs` per topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, count, replication, topic_configs=dict((configs or {}).get(name, {}))) for name in names]
        )
    finally:
        await admin.close()


async def create_toy_topics(bootstrap: str, prefix: str, replication: int = 1) -> None:
    """Creates the topics of the toy stage."""
    configs = {
        f"{prefix}-cases": {"cleanup.policy": "compact"},
        f"{prefix}-reports": {"message.timestamp.type": "LogAppendTime"},
    }
    names = [f"{prefix}-{name}" for name in ("reports", "cases", "alerts", "dead")]
    await create_topics(bootstrap, names, configs, replication=replication)


async def send_reports(
    bootstrap: str, topic: str, reports: Iterable[Mapping[str, object]], partition: int | None = None
) -> None:
    """Sends reports, keyed by their case."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    await producer.start()
    try:
        for report in reports:
            key = str(report["case"]).encode()
            where = partition_of(key, PARTITIONS) if partition is None else partition
            await producer.send(topic, orjson.dumps(report), key=key, partition=where)
        await producer.flush()
    finally:
        await producer.stop()


async def read_all(
    bootstrap: str, topic: str, isolation: str = "read_committed", count: int = PARTITIONS
) -> list[Seen]:
    """Reads a whole topic up to its present end."""
    parts = [TopicPartition(topic, number) for number in range(count)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    seen: list[Seen] = []
    try:
        consumer.assign(parts)
        ends = await _high_watermarks(bootstrap, parts)
        deadline = asyncio.get_running_loop().time() + 5  # an open transaction that nobody ends stays unread
        await consumer.seek_to_beginning(*parts)
        for part in parts:
            while await consumer.position(part) < ends[part] and asyncio.get_running_loop().time() < deadline:
                for one in (await consumer.getmany(part, timeout_ms=100)).get(part, ()):
                    seen.append(Seen(one.partition, one.offset, one.key, one.value, one.headers, one.timestamp))
    finally:
        await consumer.stop()
    return seen


async def _high_watermarks(bootstrap: str, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
    # A commit is answered before its markers are written: the stable end may be short of what was just committed.
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, isolation_level="read_uncommitted")
    await consumer.start()
    try:
        consumer.assign(parts)
        return dict(await consumer.end_offsets(parts))
    finally:
        await consumer.stop()


async def lag(bootstrap: str, group: str, topic: str, count: int = PARTITIONS) -> int:
    """Returns a group's lag by its copied offsets, as a lag tool would."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(count)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
    finally:
        await consumer.stop()
    known = await group_offsets(bootstrap, group, topic, count)
    return sum(ends[part] - known[part.partition] for part in parts)


async def group_offsets(bootstrap: str, group: str, topic: str, count: int = PARTITIONS) -> dict[int, int]:
    """Returns a group's committed offset per partition, 0 where there is none."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        known = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:  # a fresh broker has no offsets topic before the first group comes
        known = {}
    finally:
        await admin.close()
    parts = (TopicPartition(topic, number) for number in range(count))
    return {part.partition: max(0, known[part].offset) if part in known else 0 for part in parts}
