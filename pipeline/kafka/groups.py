"""What the cluster knows of consumer groups: who is in them, who has which partitions, how much is not handled yet."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
    for_code,
)

from pipeline.kafka.admin import admin_client
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.ruler import Ruler
from pipeline.kafka.starting import started

COORDINATOR_BUDGET_S = 15.0
LOOK_AGAIN_S = 0.2
_NOT_YET = (GroupLoadInProgressError, NotCoordinatorForGroupError)
"""A broker that has just started says so for a second or two: it is neither without the group nor without the right."""


@dataclass(frozen=True, slots=True)
class Member:
    """One process in a group: what it calls itself, from where it came, the partitions it has."""

    name: str
    address: str
    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Group:
    """One consumer group; `state` in Kafka's words (Stable, Empty, PreparingRebalance, …), Dead if nobody knows it."""

    name: str
    state: str
    members: tuple[Member, ...]
    lag: Mapping[int, int]
    """Committed records not handled yet, per partition over all topics; only partitions that were ever read."""

    def owner(self, partition: int) -> Member | None:
        """Returns who has a partition now."""
        return next((member for member in self.members if partition in member.partitions), None)


async def describe_groups(connection: Connection, names: Sequence[str]) -> list[Group]:
    """Returns the groups in the order of `names`. Raises TopicsError when the cluster cannot be reached or refuses."""
    async with admin_client(connection) as client:
        found = [(name, *await _members(client, name)) for name in names]
        offsets = [await _offsets(client, name) for name in names]
    ends = await _ends(connection, sorted({part for known in offsets for part in known}))
    return [
        Group(name, state, members, _lag(known, ends))
        for (name, state, members), known in zip(found, offsets, strict=True)
    ]


async def _members(client: AIOKafkaAdminClient, name: str) -> tuple[str, tuple[Member, ...]]:
    deadline = time.monotonic() + COORDINATOR_BUDGET_S
    while True:
        try:
            (answer,) = await client.describe_consumer_groups([name])
        except GroupCoordinatorNotAvailableError:  # a cluster on which there has never been a group
            return "Dead", ()
        code, _, state, _, _, members, *_ = answer.groups[0]
        if for_code(code) not in _NOT_YET or time.monotonic() > deadline:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
    if code:
        error = for_code(code)
        remedy = "Its brokers have just started: try again." if error in _NOT_YET else "The user needs Describe on it."
        raise TopicsError(f"The cluster does not describe the group {name}: {error.__name__}. {remedy}")
    return state, tuple(
        Member(name, address.lstrip("/"), _partitions(assignment)) for _, name, address, _, assignment in members
    )


def _partitions(assignment: bytes) -> frozenset[int]:
    if not assignment:  # in the middle of a rebalance
        return frozenset()
    decoded = ConsumerProtocolMemberAssignment.decode(assignment)
    return frozenset(part.partition for part in decoded.partitions())


async def _offsets(client: AIOKafkaAdminClient, name: str) -> dict[TopicPartition, int]:
    deadline = time.monotonic() + COORDINATOR_BUDGET_S
    while True:
        try:
            known = await client.list_consumer_group_offsets(name)
        except GroupCoordinatorNotAvailableError:
            return {}
        except _NOT_YET:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(LOOK_AGAIN_S)
        else:
            return {part: held.offset for part, held in known.items() if held.offset >= 0}


async def _ends(connection: Connection, parts: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
    if not parts:
        return {}
    consumer = Ruler(connection, (part.topic for part in parts))
    await started(consumer, connection)
    try:
        return dict(await consumer.end_offsets(list(parts)))
    except KafkaError as error:
        raise TopicsError(f"The cluster does not tell the ends of topics: {type(error).__name__}.") from error
    finally:
        await consumer.stop()


def _lag(known: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> dict[int, int]:
    lag: dict[int, int] = {}
    for part, offset in known.items():
        lag[part.partition] = lag.get(part.partition, 0) + max(0, ends[part] - offset)
    return lag
