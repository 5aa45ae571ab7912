"""What the group's client swallows must still end the worker, and waiting for a rebalance costs nothing."""

import asyncio
import secrets
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher

from pipeline.engine import Stage, WorkerSettings
from pipeline.engine.membership import Membership
from pipeline.engine.ownership import Ownership
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.bench import until
from tests.engine.toy import PlainConnection

PART = TopicPartition("in", 0)


class Broken:
    """An ownership that cannot take an assignment, nor hold what it has."""

    def __init__(self) -> None:
        self.partitions: dict[int, object] = {}

    def assign(self, mine: set[int]) -> None:
        """Fails."""
        raise LookupError("assign")

    async def hold(self, timeout_s: float) -> None:
        """Fails."""
        raise LookupError("hold")


class Client:
    """As much of aiokafka's consumer as an idle membership uses."""

    def pause(self, *parts: TopicPartition) -> None:
        """Nothing is fetched."""

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        """Nothing comes."""
        return {}

    def assignment(self) -> set[TopicPartition]:
        """What the group gave."""
        return {PART}


@pytest.fixture
async def membership(monkeypatch: pytest.MonkeyPatch) -> Membership:
    """A membership that is not connected to anything."""
    monkeypatch.setattr("pipeline.engine.membership.AIOKafkaConsumer", lambda **settings: Client())
    stage = Stage("s", inputs=["in"], table="rows")
    return Membership(stage, PlainConnection("127.0.0.1:1"), WorkerSettings(), cast(Ownership, Broken()))


@pytest.mark.parametrize("moment", ["assign", "hold"])
async def test_an_exception_in_a_rebalance_ends_the_membership(membership: Membership, moment: str) -> None:
    """aiokafka logs what a listener raises and goes on: partitions would stay closed, or held, with nobody told."""
    listener = membership.on_partitions_assigned if moment == "assign" else membership.on_partitions_revoked
    with pytest.raises(LookupError, match=moment):
        await listener({PART})
    with pytest.raises(LookupError, match=moment):
        await membership.run()


class Owner:
    """An ownership that notes what it is given."""

    def __init__(self) -> None:
        self.partitions: dict[int, object] = {}
        self.mine: set[int] = set()

    def assign(self, mine: set[int]) -> None:
        """Notes it."""
        self.mine = mine

    async def hold(self, timeout_s: float) -> None:
        """Nothing is under way."""


async def test_an_idle_member_does_not_go_through_its_partitions(
    broker: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are paused; five looks a second at the 1,194 of all municipalities were a third of an idle worker."""
    topic = f"m{secrets.token_hex(4)}"
    await kafka_tools.create_topics(broker.bootstrap, [topic], count=2)
    looked, asked = [0], [0]
    look, ask = Fetcher._get_actions_per_node, AIOKafkaConsumer.getmany

    def looking(fetcher: Fetcher, assignment: object) -> object:
        looked[0] += 1
        return look(fetcher, assignment)

    async def asking(consumer: AIOKafkaConsumer, timeout_ms: int) -> object:
        asked[0] += 1
        return await ask(consumer, timeout_ms=timeout_ms)

    monkeypatch.setattr(Fetcher, "_get_actions_per_node", looking)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", asking)
    stage, owner = Stage("s", group=topic, inputs=[topic], table="rows"), Owner()
    membership = Membership(stage, PlainConnection(broker.bootstrap), WorkerSettings(), cast(Ownership, owner))
    await membership.start()
    running = asyncio.create_task(membership.run())
    try:
        await until(lambda: owner.mine == {0, 1}, what="membership")
        before, rounds = looked[0], asked[0]

        def two_seconds_without_a_look() -> bool:
            nonlocal before, rounds
            if looked[0] != before:  # it has only just joined, and asks for its positions still
                before, rounds = looked[0], asked[0]
            return asked[0] >= rounds + 4

        await until(two_seconds_without_a_look, what="two seconds without a look at the partitions")
    finally:
        running.cancel()
        await asyncio.wait({running})
        await membership.leave()
