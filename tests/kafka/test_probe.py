"""The probe itself: what it reads is what was written."""

from aiokafka import AIOKafkaProducer

from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from tests.kafka.probe import Isolation, Outgoing, produce, read_all


async def test_reads_back_what_was_written_in_order(connection: Connection, topics: Topics) -> None:
    """Records come back by partition and offset, with key, headers and broker time."""
    await produce(
        connection,
        topics.reports,
        [Outgoing(b"%d" % n, key=b"k", partition=n % 2, headers=[("h", b"x")]) for n in range(50)],
    )
    found = await read_all(connection, topics.reports)
    assert [(r.partition, r.value) for r in found] == [(p, b"%d" % n) for p in (0, 1) for n in range(50) if n % 2 == p]
    assert found[0].key == b"k"
    assert list(found[0].headers) == [("h", b"x")]
    assert found[0].timestamp_ms > 1_700_000_000_000


async def test_aborted_records_show_only_uncommitted(connection: Connection, topics: Topics) -> None:
    """A committed reader reaches the end past an aborted transaction without its records."""
    producer = AIOKafkaProducer(transactional_id=topics.prefix, **connection.client_kwargs())
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(topics.facts, b"kept", partition=1)
        await producer.commit_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(topics.facts, b"dropped", partition=1)
        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert [r.value for r in await read_all(connection, topics.facts)] == [b"kept"]
    assert [r.value for r in await read_all(connection, topics.facts, Isolation.UNCOMMITTED)] == [b"kept", b"dropped"]


async def test_empty_topic_reads_empty(connection: Connection, topics: Topics) -> None:
    """An empty topic has an end as well."""
    assert await read_all(connection, topics.alerts) == []
