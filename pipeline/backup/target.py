"""What an import finds in the tables it is to fill, and what it writes there."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from aiokafka import AIOKafkaProducer, TopicPartition

from pipeline.backup.content import TABLES, OnItsWay, Row
from pipeline.backup.progress import Progress
from pipeline.backup.snapshot import Meter, read_rows, reader, topic
from pipeline.engine.ledger import LEDGER_KEY, Ledger, is_sealed
from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Outgoing
from pipeline.kafka.replays import Original, headers_of
from pipeline.kafka.sending import LARGEST_REQUEST
from pipeline.kafka.starting import running, started
from pipeline.kafka.topics import Topics

BATCH_BYTES = 1_000_000  # below the tables' 2 MiB


@dataclass(slots=True)
class Compared:
    """What lies in the target's tables beside what a backup wants there; a row is its digest, whatever its size."""

    wanted: Set[bytes]
    there: set[bytes] = field(default_factory=set)
    foreign: int = 0
    """Rows that the backup has not, or not so."""
    sealed: int = 0
    """Partitions that an import has shut; above 0 one has begun here and not ended."""


def digest(row: Row) -> bytes:
    """Returns what stands for a row, its place and its value in comparisons: half of their SHA-256."""
    place = f"{row.table}[{row.partition}]{len(row.key)}:".encode()
    return sha256(place + row.key + row.value).digest()[:16]


def fingerprint(rows: Set[bytes]) -> str:
    """Returns one SHA-256 for all rows of all tables, by their digests, whatever order they were read in."""
    whole = sha256()
    for row in sorted(rows):
        whole.update(row)
    return whole.hexdigest()


async def look(
    connection: Connection, topics: Topics, tables: Sequence[str], wanted: Set[bytes], progress: Progress, step: str
) -> Compared:
    """Reads those of the target's tables that are there, one partition at a time, and compares them."""
    found = Compared(wanted)
    if not tables:
        return found
    async with running(reader(connection), connection) as consumer:
        parts = [(name, TopicPartition(topic(topics, name), n)) for name in tables for n in range(topics.partitions)]
        consumer.assign([part for _, part in parts])
        ends = await consumer.end_offsets([part for _, part in parts])
        meter = Meter(progress, sum(ends.values()), step)
        for name, part in parts:
            rows, reserved = await read_rows(consumer, part, ends[part], meter)
            for key, value in rows.items():
                if (known := digest(Row(name, part.partition, key, value))) in wanted:
                    found.there.add(known)
                else:
                    found.foreign += 1
            found.sealed += is_sealed(reserved.get(LEDGER_KEY))
    return found


def seals(topics: Topics, *, opened: bool) -> list[Outgoing]:
    """Returns the engine's own row for each partition of each table: shut to every stage, or opened at the beginning."""
    ledger = Ledger(topics.partitions)
    value = ledger.encode({}) if opened else ledger.sealed()
    return [
        Outgoing(topic(topics, name), value, LEDGER_KEY, number)
        for name in TABLES
        for number in range(topics.partitions)
    ]


@asynccontextmanager
async def filling(connection: Connection) -> AsyncIterator[Callable[[Sequence[Outgoing]], Awaitable[None]]]:
    """Yields what writes rows and returns when all replicas have them; in large batches, packed as casework's own are:
    a broker that flushes every append does so a hundred times instead of a thousand.
    """
    producer = AIOKafkaProducer(
        acks="all", enable_idempotence=True, compression_type="zstd", max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_REQUEST, **connection.client_kwargs(),
    )  # fmt: skip

    async def fill(rows: Sequence[Outgoing]) -> None:
        pending = [await producer.send(one.topic, one.value, key=one.key, partition=one.partition) for one in rows]
        for future in pending:
            await future

    await started(producer, connection)
    try:
        yield fill
    finally:
        await producer.stop()


def outgoing_row(topics: Topics, row: Row) -> Outgoing:
    """Returns a row as it is written."""
    return Outgoing(topic(topics, row.table), row.value, row.key, row.partition)


def outgoing(topics: Topics, one: OnItsWay) -> Outgoing:
    """Returns a record that was on its way as it goes on: what came in by ingress becomes a replay, which keeps the time
    of its receipt, so that no deadline moves later; facts and alerts go where their key hashes now.
    """
    came_by = topic(topics, one.stream)
    if came_by in (topics.reports, topics.actions) or topics.tenant(came_by) is not None:
        original = Original(came_by, one.partition, one.offset, one.timestamp_ms, None)
        return Outgoing(topics.replays, one.value, headers=headers_of(original, one.headers))
    return Outgoing(topic(topics, one.stream), one.value, one.key, headers=one.headers)


async def commit(connection: Connection, topics: Topics, records: list[Outgoing]) -> None:
    """Sends all of them or none, in one transaction; returns when every `read_committed` reader sees them."""
    async with _importer(connection, topics) as producer, producer.transaction():
        pending = [
            await producer.send(
                one.topic, one.value, key=b"" if one.key is None and one.value is None else one.key,
                partition=one.partition, headers=list(one.headers),
            )
            for one in records
        ]  # fmt: skip
        for future in pending:  # aiokafka commits over a failed batch without an error
            await future
    # A commit is answered before its markers are written, and a worker that starts at once would find the seals. The id
    # is given again only when they are.
    async with _importer(connection, topics):
        pass


@asynccontextmanager
async def _importer(connection: Connection, topics: Topics) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        transactional_id=f"{topics.prefix}.import", acks="all", max_request_size=LARGEST_REQUEST,
        **connection.client_kwargs(),
    )  # fmt: skip
    await started(producer, connection)
    try:
        yield producer
    finally:
        await producer.stop()
