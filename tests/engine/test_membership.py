"""What the group's client swallows must still end the worker."""

from typing import cast

import pytest
from aiokafka import TopicPartition

from pipeline.engine import Stage, WorkerSettings
from pipeline.engine.membership import Membership
from pipeline.engine.ownership import Ownership
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
