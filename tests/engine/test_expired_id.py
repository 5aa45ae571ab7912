"""A transactional id that the broker has forgotten, because its stage has committed nothing for long."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka.errors import InvalidProducerIdMapping, KafkaError

from pipeline.engine.budgets import Budgets
from pipeline.engine.commit import write_transaction
from pipeline.engine.kafka_port import KafkaPort
from pipeline.engine.port import Outbox
from pipeline.engine.record import Row
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.toy import PlainConnection

FORGETFUL = {
    "transactional.id.expiration.ms": "1000",  # seven days otherwise
    "transaction.remove.expired.transaction.cleanup.interval.ms": "200",
}


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A Kafka that forgets an id after a second."""
    with ThreadPoolExecutor(1) as thread:
        broker = EmbeddedKafka(tmp_path / "kafka", port=0, overrides=FORGETFUL)
        thread.submit(broker.start).result()
        try:
            yield broker
        finally:
            thread.submit(broker.stop).result()


async def refused(outbox: Outbox) -> tuple[list[bytes], Exception]:
    """Commits one row after each pause, the next one longer; returns what was committed and how one was refused."""
    committed: list[bytes] = []
    for pause_s in range(1, 12):
        await asyncio.sleep(pause_s)  # the subject of the test: nothing is committed for so long
        value = b"after %d s" % pause_s
        try:
            await write_transaction(outbox, {("rows", 0): [Row(b"k", value)]})
        except KafkaError as error:
            return committed, error
        committed.append(value)
    raise AssertionError("the id was never forgotten")


async def claimed(port: KafkaPort, value: bytes) -> Outbox:
    """Claims the id and commits one row with it; again where a slow machine took longer than the id lives."""
    for _ in range(20):
        outbox = port.outbox("stage-0")
        await outbox.fence()
        try:
            await write_transaction(outbox, {("rows", 0): [Row(b"k", value)]})
        except KafkaError as error:
            await outbox.close()
            if not isinstance(error.__cause__, InvalidProducerIdMapping):
                raise
        else:
            return outbox
    raise AssertionError("the id never lived for long enough")


@pytest.mark.usefixtures("fenced")
async def test_a_forgotten_id_refuses_the_next_commit_and_the_next_owner_claims_it_anew(
    forgetful: EmbeddedKafka,
) -> None:
    """The commit raises, which ends the process; nothing of it is visible, and whoever is started after it goes on."""
    await kafka_tools.create_topics(forgetful.bootstrap, ["rows"], count=1)
    port = KafkaPort(PlainConnection(forgetful.bootstrap), Budgets(), "test", lambda seconds: None)
    idle = await claimed(port, b"first")
    try:
        committed, error = await refused(idle)
    finally:
        await idle.close()
    assert isinstance(error.__cause__, InvalidProducerIdMapping)
    await (await claimed(port, b"last")).close()
    seen = await kafka_tools.read_all(forgetful.bootstrap, "rows", count=1)
    assert [one.value for one in seen] == [b"first", *committed, b"last"]
