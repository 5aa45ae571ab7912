"""What only a real Kafka shows: a failed batch, whole batches with headers, a time-out of the broker's, expired input."""

import asyncio
import itertools
import secrets
import statistics
import time

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.client import AIOKafkaClient
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from pipeline.engine import Budgets
from pipeline.engine.commit import write_transaction
from pipeline.engine.feed import LONG_POLL_S
from pipeline.engine.kafka_port import KafkaPort
from pipeline.engine.record import Row
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.bench import RealCluster
from tests.engine.toy import PlainConnection

Target = tuple[str, int]


def port_of(broker: EmbeddedKafka) -> KafkaPort:
    """Returns the engine's port to the session's broker."""
    return KafkaPort(PlainConnection(broker.bootstrap), Budgets(), "test", lambda seconds: None)


async def test_a_failed_batch_aborts_the_whole_transaction(broker: EmbeddedKafka) -> None:
    """A record above its topic's limit fails the commit, and nothing of the transaction becomes visible."""
    small, fine = (f"f{secrets.token_hex(4)}" for _ in range(2))
    await kafka_tools.create_topics(broker.bootstrap, [small, fine], {small: {"max.message.bytes": "1000"}}, 1)
    outbox = port_of(broker).outbox(small)
    await outbox.fence()
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        await write_transaction(
            outbox, {(fine, 0): [Row(b"k", b"1")], (small, 0): [Row(b"k", secrets.token_bytes(5000))]}
        )
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


@pytest.mark.usefixtures("fenced")
async def test_a_transaction_that_the_broker_ended_cannot_be_committed(broker: EmbeddedKafka) -> None:
    """Open for longer than its time-out: the broker aborts it, readers go on, and our commit fails instead of lying."""
    topic = f"t{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=1)
    short = Budgets(heartbeat_s=0.1, session_s=0.5, rebalance_s=0.6, commit_s=0.7, transaction_s=0.8,
                    transient_s=0.5, farewell_s=0.4)  # fmt: skip
    outbox = KafkaPort(PlainConnection(broker.bootstrap), short, "test", lambda seconds: None).outbox(topic)
    await outbox.fence()
    await outbox.begin()
    for acknowledgement in await outbox.produce(topic, 0, [Row(b"k", b"WRONG")]):
        await acknowledgement
    other = port_of(broker).outbox(f"{topic}-other")
    await other.fence()
    await write_transaction(other, {(topic, 0): [Row(b"k", b"behind")]})
    seen: list[kafka_tools.Seen] = []
    async with asyncio.timeout(30):
        while not seen:
            seen = await kafka_tools.read_all(broker.bootstrap, topic, count=1)
    with pytest.raises(Exception) as refused:  # noqa: PT011  # its type is the client's own
        await outbox.commit()
    assert "Fenced" in type(refused.value).__name__
    assert [one.value for one in seen] == [b"behind"]
    await outbox.close()
    await other.close()


async def test_input_that_expired_unread_is_counted_and_told_of_and_the_rest_is_read(broker: EmbeddedKafka) -> None:
    """Retention was quicker than the stage: staying down would bring nothing back, but nobody may miss it."""
    topic = f"e{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=1)
    await RealCluster(broker.bootstrap).put(topic, *((b"k", b"%d" % number) for number in range(5)))
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=3)})
    await admin.close()
    stage = f"{topic}-stage"
    port = KafkaPort(PlainConnection(broker.bootstrap), Budgets(), stage, lambda seconds: None)
    with capture_logs() as logged:
        inbox = await port.inbox([topic], 0, {topic: 1})
    records = await inbox.fetch(100, 10.0)
    await inbox.close()
    assert [one.offset for one in records] == [3, 4]
    assert [(line["event"], line["first"], line["next"]) for line in logged] == [("input expired unread", 1, 3)]
    assert REGISTRY.get_sample_value("brudvagt_stage_input_offsets_expired_total", {"stage": stage}) == 2


async def test_an_idle_inbox_asks_the_broker_once_a_long_poll(
    broker: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fetch and its empty answer name every input topic. A record that comes meanwhile is answered at once."""
    topic = f"i{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=1)
    asked: list[float] = []
    send = AIOKafkaClient.send

    async def sending(client: AIOKafkaClient, node: object, request: object, **more: object) -> object:
        if type(request).__name__ == "FetchRequest":
            asked.append(time.monotonic())
        return await send(client, node, request, **more)

    monkeypatch.setattr(AIOKafkaClient, "send", sending)
    inbox = await port_of(broker).inbox([topic], 0, {})
    try:
        async with asyncio.timeout(60):
            while len(asked) < 4:
                assert await inbox.fetch(100, 0.1) == []
        # A loaded machine only makes it later.
        assert statistics.median(later - earlier for earlier, later in itertools.pairwise(asked)) > 0.9 * LONG_POLL_S
        await RealCluster(broker.bootstrap).put(topic, (b"k", b"x"))
        assert [one.value for one in await inbox.fetch(100, 20.0)] == [b"x"]
    finally:
        await inbox.close()
