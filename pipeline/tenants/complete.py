"""Completes a municipality's copy of its cases, once, when it gets topics of its own on an installation that has cases.

From then on casework writes every row to both topics. So that nothing falls between, the copy is completed under the very
transactional id of casework's partition: whoever has it is the partition's only owner, and an older one can commit no
more. A mark in each partition of the copy, in the same transaction, says that it is done.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from pipeline.backup.progress import unseen
from pipeline.backup.snapshot import Meter, read_rows, reader
from pipeline.engine.ledger import LEDGER_KEY, is_sealed
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.groups import describe_groups
from pipeline.kafka.sending import LARGEST_REQUEST
from pipeline.kafka.starting import running, started
from pipeline.kafka.tenants import TenantTopics
from pipeline.kafka.topics import Topics

MARK: Final = b"\x00complete"
"""Begins with byte 0, like every row that readers of a table skip."""

Rows = Mapping[bytes, bytes]


async def complete(connection: Connection, topics: Topics) -> int:
    """Makes every copy equal to the platform's rows where that was never done. Returns how many rows it wrote or deleted.

    Raises TopicsError while a casework worker runs, an import has not ended, or another process does the same; BrokerError
    without a broker.
    """
    if not topics.tenants:
        return 0
    async with running(reader(connection), connection) as consumer:
        lacking = [
            (own, number)
            for number in range(topics.partitions)
            for own in topics.own
            if MARK not in (await _rows(consumer, own.cases, number))[1]
        ]
        for number in {number for _, number in lacking}:
            if is_sealed((await _rows(consumer, topics.cases, number))[1].get(LEDGER_KEY)):
                raise TopicsError(
                    "An import into the cases was begun and has not ended: run `brudvagt import` again, then start."
                )
        return await _write(connection, consumer, topics, lacking)


async def complete_anew(connection: Connection, topics: Topics) -> int:
    """Makes every copy equal to the platform's rows, whether it was marked as complete or not; see `complete`."""
    if not topics.tenants:
        return 0
    async with running(reader(connection), connection) as consumer:
        every = [(own, number) for number in range(topics.partitions) for own in topics.own]
        return await _write(connection, consumer, topics, every)


async def _write(
    connection: Connection, consumer: AIOKafkaConsumer, topics: Topics, lacking: Sequence[tuple[TenantTopics, int]]
) -> int:
    if lacking:
        await _alone(connection, topics)
    done = 0
    for number in sorted({number for _, number in lacking}):
        here = [own for own, place in lacking if place == number]
        done += await _partition(connection, consumer, topics, number, here)
    return done


async def _rows(consumer: AIOKafkaConsumer, topic: str, number: int) -> tuple[Rows, Rows]:
    part = TopicPartition(topic, number)
    consumer.assign([part])
    end = (await consumer.end_offsets([part]))[part]
    return await read_rows(consumer, part, end, Meter(unseen, end))


async def _alone(connection: Connection, topics: Topics) -> None:
    (group,) = await describe_groups(connection, [f"{topics.prefix}.casework"])
    if group.members:
        raise TopicsError(
            f"The copy of the cases of {' or '.join(topics.tenants)} is not complete yet, and a casework worker that may "
            "not know of it runs: stop every casework worker, then start them again; the first one completes it."
        )


async def _partition(
    connection: Connection, consumer: AIOKafkaConsumer, topics: Topics, number: int, lacking: Sequence[TenantTopics]
) -> int:
    producer = AIOKafkaProducer(
        transactional_id=f"{topics.prefix}.casework-{number}", acks="all", max_request_size=LARGEST_REQUEST,
        **connection.client_kwargs(),
    )  # fmt: skip
    await started(producer, connection)  # fences: nobody else writes this partition from here on
    try:
        whole, _ = await _rows(consumer, topics.cases, number)
        changes = {own.cases: await _difference(consumer, own, number, whole) for own in lacking}
        async with producer.transaction():
            pending = [
                await producer.send(topic, value, key=key, partition=number)
                for topic, rows in changes.items()
                for key, value in [*rows.items(), (MARK, b"{}")]
            ]
            for future in pending:  # aiokafka commits over a failed batch without an error
                await future
    except ProducerFenced as error:
        raise TopicsError("Another process completes the copies of cases at this moment: start again.") from error
    except KafkaError as error:
        raise TopicsError(f"The copies of cases cannot be completed: {type(error).__name__}.") from error
    finally:
        await producer.stop()
    return sum(map(len, changes.values()))


async def _difference(
    consumer: AIOKafkaConsumer, own: TenantTopics, number: int, whole: Rows
) -> dict[bytes, bytes | None]:
    """Returns what makes a copy's partition equal to the municipality's rows: values to write, None to delete."""
    theirs, begins = (await _rows(consumer, own.cases, number))[0], f"{own.kommunekode}-".encode()
    wanted = {key: value for key, value in whole.items() if key.startswith(begins)}
    changed: dict[bytes, bytes | None] = {key: one for key, one in wanted.items() if theirs.get(key) != one}
    return {**changed, **dict.fromkeys(theirs.keys() - wanted.keys())}
