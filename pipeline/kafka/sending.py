"""Sending a few records as any Kafka client would: acknowledged by all replicas before it returns."""

from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Outgoing
from pipeline.kafka.starting import started

LARGEST_REQUEST = 4 * 1024 * 1024  # bytes; above every topic's maximum, so that the broker's own answer is seen

Position = tuple[str, int, int]
"""Topic, partition, offset."""


async def send(connection: Connection, records: Iterable[Outgoing]) -> list[Position]:
    """Sends `records` in order and returns where each lies. Raises BrokerError when no broker answers, and
    what it answered for the first failure."""
    producer = AIOKafkaProducer(
        acks="all", enable_idempotence=True, linger_ms=1, max_request_size=LARGEST_REQUEST, **connection.client_kwargs()
    )
    await started(producer, connection)
    try:
        pending = [
            await producer.send(one.topic, one.value, key=_key(one), partition=one.partition, headers=list(one.headers))
            for one in records
        ]
        await producer.flush()
        return [(sent.topic, sent.partition, sent.offset) for sent in [await future for future in pending]]
    finally:
        await producer.stop()


def _key(record: Outgoing) -> bytes | None:
    """Returns the record's key; an empty one where there is neither key nor value, which aiokafka refuses to send."""
    return b"" if record.key is None and record.value is None else record.key
