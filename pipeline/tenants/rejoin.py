"""Lets intake read a municipality's ingress topics that were deleted and made anew.

Intake remembers by topic and partition how far it has read, and receipts and facts name where a record stood, for as long as
a case lives. So topics under the old names must go on where the old ones ended: the offsets below are used up by a
transaction that is aborted, then deleted. Nobody who reads `read_committed` ever sees it, intake needs to forget nothing,
and no two records ever have one place.
"""

import time
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError

from pipeline.backup.snapshot import STALL_S, reader
from pipeline.kafka.admin import admin_client
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.ruler import Ruler
from pipeline.kafka.starting import running, started
from pipeline.kafka.topics import Topics
from pipeline.tenants.positions import positions

AT_ONCE: Final = 5_000
"""Records that wait for their answer together: some hundred kilobytes."""


async def rejoin(connection: Connection, topics: Topics) -> dict[str, int]:
    """Lifts each own ingress topic to where intake has read. Returns by topic how many offsets were passed over.

    A topic that was never made anew is left alone. Given again, it goes on where it was broken off. Raises TopicsError where
    records already lie below: intake would never read them; LookupError for a missing topic, BrokerError without a broker.
    """
    names = [name for own in topics.own for name in (own.reports, own.actions)]
    async with running(reader(connection), connection) as consumer:
        there = await consumer.topics()
        if lacking := sorted({*names, topics.intake} - set(there)):
            raise LookupError(f"there is no topic {', '.join(lacking)}; `brudvagt topics create` makes what is missing")
        short: dict[TopicPartition, int] = {}
        goes_on: dict[TopicPartition, RecordsToDelete] = {}
        async with running(Ruler(connection, names), connection) as ruler:
            for number in range(topics.partitions):
                read_to = await positions(consumer, TopicPartition(topics.intake, number))
                parts = [TopicPartition(name, number) for name in names]
                ends = await ruler.end_offsets(parts)
                for part in parts:
                    if (missing := read_to.get(part.topic, 0) - ends[part]) > 0:
                        await _nothing_there(consumer, part, ends[part])
                        short[part] = missing
                        goes_on[part] = RecordsToDelete(before_offset=read_to[part.topic])
    if short:
        await _use_up(connection, topics, short)
        async with admin_client(connection) as client:
            await client.delete_records(goes_on)
    return {name: sum(count for part, count in short.items() if part.topic == name) for name in names}


async def _nothing_there(consumer: AIOKafkaConsumer, part: TopicPartition, end: int) -> None:
    consumer.assign([part])
    await consumer.seek_to_beginning(part)
    deadline = time.monotonic() + STALL_S
    while await consumer.position(part) < end:
        found = await consumer.getmany(part, timeout_ms=200)
        if time.monotonic() > deadline:
            raise TopicsError(f"{part.topic} cannot be read to its end; give the command again.")
        if any(found.values()):
            raise TopicsError(
                f"{part.topic} was made anew and already holds records, from offset {found[part][0].offset} of partition "
                f"{part.partition} on, where intake will not look: keep them (kcat), take the writers' rights away, delete "
                "the topic, create it, give this command again, and have the records sent again."
            )


async def _use_up(connection: Connection, topics: Topics, short: Mapping[TopicPartition, int]) -> None:
    producer = AIOKafkaProducer(
        transactional_id=f"{topics.prefix}.rejoin",
        acks="all",
        transaction_timeout_ms=60_000,
        **connection.client_kwargs(),
    )
    await started(producer, connection)
    try:
        for part, missing in short.items():
            await producer.begin_transaction()
            filling = max(missing - 1, 1)  # the abortion itself takes one
            for begin in range(0, filling, AT_ONCE):
                pending = [
                    await producer.send(part.topic, b"", partition=part.partition)
                    for _ in range(min(AT_ONCE, filling - begin))
                ]
                for future in pending:
                    await future
            await producer.abort_transaction()
    except KafkaError as error:
        raise TopicsError(f"The topics cannot be lifted: {type(error).__name__}; give the command again.") from error
    finally:
        await producer.stop()
