"""Takes the picture of a moment from the cluster, while workers run or not, so that nothing falls between two topics.

The ends are noted in an order: tables from the last stage to the first, by their last stable offset; then, by their very
end, the topics that stages read. Whatever a noted transaction sent lies before an end noted later, so a record is either
handled in its stage's rows or in the backup as on its way; one that is both is recognised again (a fact by its id, an
alert by its own). Reading waits for transactions that were open.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.backup.content import TABLES, OnItsWay, Row, inputs
from pipeline.backup.file import BackupError, Writer
from pipeline.backup.progress import Progress
from pipeline.engine.errors import EngineError
from pipeline.engine.ledger import LEDGER_KEY, RESERVED, Ledger
from pipeline.engine.rows import Rows
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.starting import started
from pipeline.kafka.topics import Topics

STALL_S = 90.0  # longer than a transaction may stay open
POLL_MS = 200
STEP = "offsets read"


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the picture ends, by partition: of tables and of streams."""

    tables: dict[TopicPartition, int]
    streams: dict[TopicPartition, int]


class Meter:
    """Counts offsets of all partitions towards one whole."""

    def __init__(self, progress: Progress, whole: int, step: str = STEP) -> None:
        self._progress, self._whole, self._step, self._done = progress, whole, step, 0
        progress(step, 0, whole)

    def passed(self, count: int) -> None:
        """`count` further offsets are read, or need not be."""
        self._done += count
        self._progress(self._step, self._done, self._whole)


def topic(topics: Topics, name: str) -> str:
    """Returns the full name of a table or stream of a backup."""
    return f"{topics.prefix}.{name}"


def reader(connection: Connection, *, committed: bool = True) -> AIOKafkaConsumer:
    """Returns a reader without a group, not started."""
    return AIOKafkaConsumer(
        isolation_level="read_committed" if committed else "read_uncommitted",
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=POLL_MS,
        **connection.client_kwargs(),
    )


async def take(connection: Connection, topics: Topics, writer: Writer, progress: Progress) -> None:
    """Writes everything to `writer`. Raises BackupError for tables that another partition count wrote, BrokerError."""
    await _known(connection, topics)
    consumer, ruler = reader(connection), reader(connection, committed=False)
    await started(consumer, connection)
    try:
        await started(ruler, connection)
        try:
            ends = await _ends(consumer, ruler, topics)
        finally:
            await ruler.stop()
        meter = Meter(progress, sum(ends.tables.values()) + sum(ends.streams.values()))
        for name in TABLES:
            for number in range(topics.partitions):
                part = TopicPartition(topic(topics, name), number)
                ledger = await _table(consumer, name, part, ends.tables[part], topics.partitions, writer, meter)
                for stream in inputs(topics).get(name, ()):
                    source = TopicPartition(topic(topics, stream), number)
                    await _stream(consumer, stream, source, ledger, ends.streams[source], writer, meter)
    finally:
        await consumer.stop()


async def _ends(consumer: AIOKafkaConsumer, ruler: AIOKafkaConsumer, topics: Topics) -> Ends:
    tables: dict[TopicPartition, int] = {}
    streams = [part for names in inputs(topics).values() for stream in names for part in _parts(topics, stream)]
    consumer.assign([part for name in TABLES for part in _parts(topics, name)])
    ruler.assign(streams)
    for name in TABLES:  # one after the other: the order is the point
        tables |= await consumer.end_offsets(_parts(topics, name))
    return Ends(tables, dict(await ruler.end_offsets(streams)))


async def _known(connection: Connection, topics: Topics) -> None:
    wanted = [
        topic(topics, name) for name in (*TABLES, *(stream for names in inputs(topics).values() for stream in names))
    ]
    there = await admin.describe(connection, [spec for spec in topics.specs() if spec.name in wanted])
    if absent := sorted(set(wanted) - set(there)):
        raise BackupError(
            f"there is nothing to export under {topics.prefix}.*: the cluster has no topic {', '.join(absent)}. "
            "Look at BRUDVAGT_TOPIC_PREFIX and BRUDVAGT_KAFKA_URL"
        )
    for name, state in there.items():
        if state.partitions != topics.partitions:
            raise BackupError(
                f"{name} has {state.partitions} partitions, BRUDVAGT_PARTITIONS says {topics.partitions}: "
                "a backup of some of them would lack cases"
            )


def _parts(topics: Topics, name: str) -> list[TopicPartition]:
    return [TopicPartition(topic(topics, name), number) for number in range(topics.partitions)]


async def _table(
    consumer: AIOKafkaConsumer, name: str, part: TopicPartition, end: int, partitions: int, writer: Writer, meter: Meter
) -> Ledger:
    rows, reserved = await read_rows(consumer, part, end, meter)
    try:
        found = Ledger.decode(reserved.get(LEDGER_KEY), partitions)
    except EngineError as error:
        raise BackupError(f"{part.topic} cannot be exported: {error}") from error
    for key, value in rows.items():
        writer.add(Row(name, part.partition, key, value))
    return found


async def read_rows(
    consumer: AIOKafkaConsumer, part: TopicPartition, end: int, meter: Meter
) -> tuple[Rows, dict[bytes, bytes]]:
    """Returns a table's rows on one partition up to `end`, packed in memory, and the engine's own."""
    rows, reserved = Rows(), dict[bytes, bytes]()
    consumer.assign([part])
    begin = (await consumer.beginning_offsets([part]))[part]

    def keep(record: object) -> None:
        key, value = record.key, record.value  # type: ignore[attr-defined]
        kept = reserved if key[:1] == RESERVED else rows
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value

    await _read(consumer, part, begin, end, keep, meter)
    return rows, reserved


async def _stream(
    consumer: AIOKafkaConsumer, name: str, part: TopicPartition, ledger: Ledger, end: int, writer: Writer, meter: Meter
) -> None:
    consumer.assign([part])
    begin = (await consumer.beginning_offsets([part]))[part]

    def keep(record: object) -> None:
        r = record
        at = (r.offset, r.timestamp, r.key, r.value, tuple(r.headers))  # type: ignore[attr-defined]
        writer.add(OnItsWay(name, part.partition, *at))

    await _read(consumer, part, max(begin, ledger.positions.get(part.topic, begin)), end, keep, meter)


async def _read(
    consumer: AIOKafkaConsumer, part: TopicPartition, begin: int, end: int, keep: Callable[[object], None], meter: Meter
) -> None:
    consumer.seek(part, begin)
    position = begin
    meter.passed(min(begin, end))
    while position < end:
        try:
            async with asyncio.timeout(STALL_S):
                while (now_at := await consumer.position(part)) == position:
                    for record in (await consumer.getmany(part, timeout_ms=POLL_MS)).get(part, ()):
                        if record.offset < end:
                            keep(record)
        except TimeoutError:
            raise BackupError(
                f"{part.topic}[{part.partition}] cannot be read beyond {position} of {end}: a transaction stays open; "
                "see docs/runbooks/open-transaction.md"
            ) from None
        meter.passed(min(now_at, end) - position)
        position = now_at
