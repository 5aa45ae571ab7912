"""Reading topics from outside: whole, as a table, or on from now. Always `read_committed`, never in a group."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Seen
from pipeline.kafka.starting import running, started, stopped

POLL_MS = 200
READ_BUDGET_S = 120.0


async def read_topics(
    connection: Connection,
    topics: Sequence[str],
    *,
    partition: int | None = None,
    budget_s: float = READ_BUDGET_S,
    keys: Callable[[bytes | None], bool] | None = None,
) -> list[Seen]:
    """Returns every committed record of `topics` up to the end seen now, by topic, partition and offset.

    With `partition` only that one of each, with `keys` only the records whose key it wants. Raises BrokerError when no
    broker answers, TimeoutError when `budget_s` seconds do not suffice.
    """
    async with running(_client(connection), connection) as consumer:
        found: list[Seen] = []
        async with asyncio.timeout(budget_s):
            assigned = await _assign(consumer, topics, partition)
            await consumer.seek_to_beginning(*assigned)
            ends = await consumer.end_offsets(assigned)
            while any([await consumer.position(tp) < ends[tp] for tp in assigned]):
                for tp, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                    found += [
                        _seen(record)
                        for record in records
                        if record.offset < ends[tp] and (keys is None or keys(record.key))
                    ]
        return sorted(found, key=lambda one: (one.topic, one.partition, one.offset))


async def read_record(connection: Connection, topic: str, partition: int, offset: int) -> Seen | None:
    """Returns the record at a position, or None if retention has removed it or it was never there."""
    async with running(_client(connection), connection) as consumer:
        (part,) = await _assign(consumer, [topic], partition)
        begins, ends = await consumer.beginning_offsets([part]), await consumer.end_offsets([part])
        if not begins[part] <= offset < ends[part]:
            return None
        consumer.seek(part, offset)
        async with asyncio.timeout(READ_BUDGET_S):
            while not (records := (await consumer.getmany(part, timeout_ms=POLL_MS)).get(part)):
                if await consumer.position(part) > offset:
                    return None  # no record but a transaction's marker
        return _seen(records[0]) if records[0].offset == offset else None


async def read_table(
    connection: Connection,
    topic: str,
    *,
    partition: int | None = None,
    of: Callable[[bytes], bool] | None = None,
) -> dict[bytes, bytes]:
    """Returns a compacted topic's rows: the last value of each key, without deleted ones and the engine's own.

    With `of` only the keys that it wants; the others are let go while reading.
    """
    rows: dict[bytes, bytes] = {}
    wanted = None if of is None else lambda key: key is not None and of(key)
    for one in await read_topics(connection, [topic], partition=partition, keys=wanted):
        if one.key is None or one.internal:
            continue
        if one.value is None:
            rows.pop(one.key, None)
        else:
            rows[one.key] = one.value
    return rows


class Tail:
    """Reads topics on from the end they had when it was opened. `async with Tail(connection, topics) as tail`."""

    def __init__(self, connection: Connection, topics: Sequence[str], *, from_start: bool = False) -> None:
        """Names the topics; with `from_start` what lies in them already comes first."""
        self._connection, self._topics, self._from_start = connection, topics, from_start
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Self:
        self._consumer = consumer = _client(self._connection)
        await started(consumer, self._connection)
        try:
            await self._position(consumer)
        except BaseException:
            await stopped(consumer)
            raise
        return self

    async def _position(self, consumer: AIOKafkaConsumer) -> None:
        assigned = await _assign(consumer, self._topics, None)
        if self._from_start:
            await consumer.seek_to_beginning(*assigned)
        else:
            ends = await consumer.end_offsets(assigned)
            for tp, end in ends.items():
                consumer.seek(tp, end)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._consumer is not None:
            await stopped(self._consumer)

    async def more(self, *, wait_s: float = POLL_MS / 1000) -> list[Seen]:
        """Returns what has come since the last call, waiting up to `wait_s` seconds for the first."""
        assert self._consumer is not None, "open the tail first"
        batches = await self._consumer.getmany(timeout_ms=max(1, int(wait_s * 1000)))
        return [_seen(record) for records in batches.values() for record in records]


def _client(connection: Connection) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=POLL_MS,
        **connection.client_kwargs(),
    )


async def _assign(consumer: AIOKafkaConsumer, topics: Sequence[str], partition: int | None) -> list[TopicPartition]:
    """Assigns all partitions of `topics`, or number `partition` of each. Raises LookupError for a missing topic."""
    there = await consumer.topics()
    for topic in topics:
        if topic not in there:
            raise LookupError(f"there is no topic {topic}; `brudvagt topics create` makes what is missing")
    consumer.subscribe(topics)  # without a group this fetches the metadata and assigns every partition
    async with asyncio.timeout(READ_BUDGET_S):
        # aiokafka refreshes its metadata in the background and has no event to wait for
        while {tp.topic for tp in consumer.assignment()} != set(topics):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    found = sorted(tp for tp in consumer.assignment() if partition in (None, tp.partition))
    if partition is not None:
        consumer.unsubscribe()
        consumer.assign(found)
    return found


def _seen(record: object) -> Seen:
    r = record
    return Seen(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))  # type: ignore[attr-defined]
