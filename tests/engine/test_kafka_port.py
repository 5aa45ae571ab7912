"""What only a real Kafka shows: recovery over its oddities, a failed batch, headers, an input made anew."""

import secrets

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.engine import Budgets, EngineError
from pipeline.engine.commit import write_transaction
from pipeline.engine.kafka_port import KafkaPort
from pipeline.engine.record import Row
from pipeline.engine.recovery import rebuild
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.toy import PlainConnection

Target = tuple[str, int]


def port_of(broker: EmbeddedKafka) -> KafkaPort:
    """Returns the engine's port to the session's broker."""
    return KafkaPort(PlainConnection(broker.bootstrap), Budgets(), "test", lambda seconds: None)


async def test_recovery_reads_over_tombstones_aborted_transactions_and_markers_at_the_tail(
    broker: EmbeddedKafka,
) -> None:
    """The last committed value counts; recovery ends although the topic's tail holds nothing to read."""
    topic = f"r{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], {topic: {"cleanup.policy": "compact"}}, 1)
    port = port_of(broker)
    assert (await rebuild(port, topic, 0)).rows == {}
    outbox = port.outbox(topic)
    await outbox.fence()
    await write_transaction(outbox, {(topic, 0): [Row(b"k%d" % number, b"1") for number in range(5000)]})
    await write_transaction(outbox, {(topic, 0): [Row(b"k%d" % number, None) for number in range(4000)]})
    await outbox.close()
    aborting = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=topic)
    await aborting.start()
    await aborting.begin_transaction()
    await aborting.send_and_wait(topic, b"WRONG", key=b"k4500", partition=0)
    await aborting.abort_transaction()
    await aborting.stop()
    rebuilt = await rebuild(port, topic, 0)
    assert rebuilt.rows == {b"k%d" % number: b"1" for number in range(4000, 5000)}
    assert rebuilt.read == 9000


async def test_a_failed_batch_aborts_the_whole_transaction(broker: EmbeddedKafka) -> None:
    """A record above its topic's limit fails the commit, and nothing of the transaction becomes visible."""
    small, fine = (f"f{secrets.token_hex(4)}" for _ in range(2))
    await kafka_tools.create_topics(broker.bootstrap, [small, fine], {small: {"max.message.bytes": "1000"}}, 1)
    outbox = port_of(broker).outbox(small)
    await outbox.fence()
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        await write_transaction(outbox, {(fine, 0): [Row(b"k", b"1")], (small, 0): [Row(b"k", b"x" * 5000)]})
    await outbox.close()
    again = port_of(broker).outbox(small)
    await again.fence()  # ends what was left open, as the next owner does
    await again.close()
    assert await kafka_tools.read_all(broker.bootstrap, fine, count=1) == []
    assert len(await kafka_tools.read_all(broker.bootstrap, fine, "read_uncommitted", count=1)) == 1


async def test_aiokafka_itself_commits_over_a_failed_batch(broker: EmbeddedKafka) -> None:
    """The reason for awaiting every acknowledgement; when this fails, a new aiokafka has mended it."""
    small, fine = (f"f{secrets.token_hex(4)}" for _ in range(2))
    await kafka_tools.create_topics(broker.bootstrap, [small, fine], {small: {"max.message.bytes": "1000"}}, 1)
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=small)
    await producer.start()
    await producer.begin_transaction()
    failed = await producer.send(small, b"x" * 5000, partition=0)
    await producer.send(fine, b"1", partition=0)
    await producer.commit_transaction()
    assert failed.exception() is not None
    await producer.stop()
    assert len(await kafka_tools.read_all(broker.bootstrap, fine, count=1)) == 1


async def test_headers_go_out_in_whole_batches(broker: EmbeddedKafka) -> None:
    """More rows than one batch holds arrive in order with their headers."""
    topic = f"h{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=1)
    outbox = port_of(broker).outbox(topic)
    await outbox.fence()
    rows = [Row(b"k%d" % number, b"x" * 100_000, (("n", b"%d" % number),)) for number in range(12)]
    await write_transaction(outbox, {(topic, 0): rows})
    await outbox.close()
    seen = await kafka_tools.read_all(broker.bootstrap, topic, count=1)
    assert [(one.key, one.headers) for one in seen] == [(row.key, row.headers) for row in rows]


async def test_a_position_beyond_the_end_is_refused_in_words(broker: EmbeddedKafka) -> None:
    """An input topic that was deleted and made anew must not be read as if nothing had happened."""
    topic = f"n{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=1)
    with pytest.raises(EngineError, match="made anew"):
        await port_of(broker).inbox([topic], 0, {topic: 7})
