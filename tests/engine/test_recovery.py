"""Reading a table back from a real Kafka: compacted, with its tail gone, over aborted transactions, empty, and large."""

import asyncio
import secrets
from collections.abc import Mapping

from aiokafka import AIOKafkaProducer

from pipeline.engine import Budgets
from pipeline.engine.commit import write_transaction
from pipeline.engine.kafka_port import KafkaPort
from pipeline.engine.ledger import LEDGER_KEY
from pipeline.engine.record import Row
from pipeline.engine.recovery import Rebuilt, rebuild
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.toy import PlainConnection

COMPACTED = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.001",
    "segment.ms": "100",
    "delete.retention.ms": "0",
}
"""The cleaner takes up every segment that was rolled, and removes tombstones as soon as it may."""


class Table:
    """A compacted topic of one partition, written as the engine writes it."""

    def __init__(self, broker: EmbeddedKafka) -> None:
        self.bootstrap, self.topic = broker.bootstrap, f"r{secrets.token_hex(4)}"
        self.port = KafkaPort(PlainConnection(broker.bootstrap), Budgets(), "test", lambda seconds: None)

    async def create(self, configs: Mapping[str, str]) -> None:
        """Makes the topic."""
        await kafka_tools.create_topics(self.bootstrap, [self.topic], {self.topic: configs}, 1)

    async def write(self, *transactions: list[Row]) -> None:
        """Writes transactions one after the other."""
        outbox = self.port.outbox(self.topic)
        await outbox.fence()
        for rows in transactions:
            await write_transaction(outbox, {(self.topic, 0): rows})
        await outbox.close()

    async def abort(self, *values: tuple[bytes, bytes]) -> None:
        """Writes a transaction that is aborted: its marker stands at the end, and nothing behind it."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=f"{self.topic}-aborting")
        await producer.start()
        await producer.begin_transaction()
        for key, value in values:
            await producer.send_and_wait(self.topic, value, key=key, partition=0)
        await producer.abort_transaction()
        await producer.stop()

    async def compacted_to(self, count: int) -> int:
        """Waits until the cleaner has left so many committed records; returns the last one's offset.

        Aborted transactions roll the segments meanwhile: the active one is never cleaned.
        """
        async with asyncio.timeout(60):
            while True:
                left = await kafka_tools.read_all(self.bootstrap, self.topic, count=1)
                if len(left) == count:
                    return left[-1].offset
                await self.abort((b"k1", b"WRONG"))
                await asyncio.sleep(0.15)  # longer than segment.ms: the next append rolls the segment

    async def rebuilt(self) -> Rebuilt:
        """Reads it back."""
        return await rebuild(self.port, self.topic, 0)


def rows(first: int, end: int, value: bytes | None) -> list[Row]:
    """Returns one row for each key."""
    return [Row(b"k%d" % number, value) for number in range(first, end)]


async def test_a_topic_whose_tail_compaction_removed_is_read_to_its_end(broker: EmbeddedKafka) -> None:
    """The newest 1,500 records are gone, tombstones included; behind the hole stand only aborted transactions."""
    table = Table(broker)
    await table.create(COMPACTED)
    assert await table.rebuilt() == Rebuilt({}, {}, 0)
    await table.write(rows(0, 500, b"live"), rows(500, 1500, b"1"), rows(500, 1500, None))
    last = await table.compacted_to(500)
    assert last == 499
    rebuilt = await table.rebuilt()
    assert dict(rebuilt.rows) == {b"k%d" % number: b"live" for number in range(500)}
    assert rebuilt.read == 500
    await table.write([Row(b"k0", b"2")])
    assert dict((await table.rebuilt()).rows)[b"k0"] == b"2"


async def test_aborted_transactions_and_markers_at_the_tail_are_read_over(broker: EmbeddedKafka) -> None:
    """The last committed value counts; recovery ends although the topic's tail holds nothing to read."""
    table = Table(broker)
    await table.create({"cleanup.policy": "compact"})
    await table.write(rows(0, 5000, b"1"), rows(0, 4000, None))
    await table.abort((b"k4500", b"WRONG"))
    await table.abort()
    rebuilt = await table.rebuilt()
    assert dict(rebuilt.rows) == {b"k%d" % number: b"1" for number in range(4000, 5000)}
    assert rebuilt.read == 9000


async def test_a_hundred_thousand_keys_come_back_beside_the_engines_own_row(broker: EmbeddedKafka) -> None:
    """Each with its own value, in batches of a size that a stage writes; the engine's row is not among them."""
    table = Table(broker)
    await table.create({"cleanup.policy": "compact"})
    count, each = 100_000, 5_000
    written = [
        [Row(b"case-%d" % number, b"%d:" % number + b"x" * 200) for number in range(first, first + each)]
        for first in range(0, count, each)
    ]
    await table.write(*written, [Row(LEDGER_KEY, b"the engine's")])
    rebuilt = await table.rebuilt()
    assert rebuilt.reserved == {LEDGER_KEY: b"the engine's"}
    assert dict(rebuilt.rows) == {b"case-%d" % n: b"%d:" % n + b"x" * 200 for n in range(count)}
    assert rebuilt.read == count + 1
