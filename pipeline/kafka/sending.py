"""Sending a few records as any Kafka client would: acknowledged by all replicas before it returns."""

import asyncio
from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaProducer

from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.records import Outgoing
from pipeline.kafka.starting import started

LARGEST_REQUEST = 4 * 1024 * 1024  # bytes; above every topic's maximum, so that the broker's own answer is seen

SEND_BUDGET_S: Final = 120.0
"""aiokafka tries an idempotent batch again for ever: before a broker that is frozen, or a partition without a leader, whoever
sends would never come back. Above the 40 s of one request, so that a second one may succeed."""

STOP_BUDGET_S: Final = 5.0
"""A producer that stops waits for what it has not sent, and so for ever too."""

Position = tuple[str, int, int]
"""Topic, partition, offset."""

_stopping: set["asyncio.Future[None]"] = set()
"""Producers that are still at it: they end when the broker answers again, or with their loop."""


async def send(connection: Connection, records: Iterable[Outgoing]) -> list[Position]:
    """Sends `records` in order and returns where each lies.

    Raises BrokerError when no broker answers, also after SEND_BUDGET_S, when records may have arrived all the same; and
    what the broker answered for the first failure.
    """
    producer = AIOKafkaProducer(
        acks="all", enable_idempotence=True, linger_ms=1, max_request_size=LARGEST_REQUEST, **connection.client_kwargs()
    )
    await started(producer, connection)
    budget = asyncio.timeout(SEND_BUDGET_S)
    try:
        async with budget:
            return await _send(producer, records)
    except TimeoutError as error:
        if not budget.expired():
            raise
        raise BrokerError(
            f"Kafka at {', '.join(connection.servers)} has not acknowledged what was sent within {SEND_BUDGET_S:g} s; it "
            "may have arrived all the same. Look at the brokers (`brudvagt doctor`), then send it again: what comes twice "
            "is recognised."
        ) from error
    finally:
        await _stop(producer)


async def _send(producer: AIOKafkaProducer, records: Iterable[Outgoing]) -> list[Position]:
    pending = [
        await producer.send(one.topic, one.value, key=_key(one), partition=one.partition, headers=list(one.headers))
        for one in records
    ]
    await producer.flush()
    return [(sent.topic, sent.partition, sent.offset) for sent in [await future for future in pending]]


async def _stop(producer: AIOKafkaProducer) -> None:
    stop = asyncio.ensure_future(producer.stop())
    _stopping.add(stop)
    stop.add_done_callback(_stopping.discard)
    await asyncio.wait({stop}, timeout=STOP_BUDGET_S)
    if stop.done():
        stop.result()


def _key(record: Outgoing) -> bytes | None:
    """Returns the record's key; an empty one where there is neither key nor value, which aiokafka refuses to send."""
    return b"" if record.key is None and record.value is None else record.key
