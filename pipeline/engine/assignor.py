"""Who gets which partitions: the same numbers of all topics to one member, and members keep what they have.

Kept partitions keep producer, table and position, so nothing is read again. aiokafka's range assignor reshuffles, its
sticky one does not promise that the inputs of a stage stay together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

import orjson
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

from pipeline.engine.errors import TopicMismatch


def share_out(count: int, claims: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Returns the partitions of each member: `claims` are what each had, `count` how many there are.

    Shares differ by one at most; a member keeps what it had up to its share; a partition claimed twice stays with
    the member that claims more. Members and result are the same whatever the order of the mapping.
    """
    low, larger_shares = divmod(count, len(claims))
    free = set(range(count))
    shares: dict[str, list[int]] = {}
    for member in sorted(claims, key=lambda name: (-len(claims[name]), name)):
        share = low + (larger_shares > 0)
        kept = [partition for partition in sorted(set(claims[member])) if partition in free][:share]
        shares[member] = kept
        free.difference_update(kept)
        larger_shares -= len(kept) > low
    for partition in sorted(free):
        shares[min(shares, key=lambda name: (len(shares[name]), name))].append(partition)
    return {member: sorted(partitions) for member, partitions in shares.items()}


class CoStickyAssignor(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka is untyped
    """The group protocol around `share_out`; what a member owns travels in its `user_data`."""

    name = "brudvagt-co-sticky"
    owned: ClassVar[tuple[int, ...]] = ()

    @classmethod
    def metadata(cls, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Tells the group leader what this member owns."""
        return ConsumerProtocolMemberMetadata(0, list(topics), orjson.dumps(cls.owned))

    @classmethod
    def on_assignment(cls, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remembers what this member owns for the next rebalance."""
        cls.owned = tuple(sorted({each.partition for each in assignment.partitions()}))

    @classmethod
    def assign(
        cls, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Shares out all partitions; raises TopicMismatch when the inputs' partition counts differ."""
        topics = sorted({topic for member in members.values() for topic in member.subscription})
        counts = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        if len(set(counts.values())) != 1:
            raise TopicMismatch(f"partition counts of a stage's inputs differ: {counts}")
        claims = {name: cast(list[int], orjson.loads(member.user_data or b"[]")) for name, member in members.items()}
        return {
            name: ConsumerProtocolMemberAssignment(0, [(topic, partitions) for topic in topics], b"")
            for name, partitions in share_out(counts[topics[0]], claims).items()
        }


def assignor_for(stage: str) -> type[CoStickyAssignor]:
    """Returns an assignor class of a stage's own: what it owns is class state, and a worker hosts several stages."""
    return cast(type[CoStickyAssignor], type(f"CoSticky_{stage}", (CoStickyAssignor,), {"owned": ()}))
