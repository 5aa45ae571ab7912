"""Who gets which partitions: even shares, nothing moves without need, and what a member owns travels with it."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.assignor import CoStickyAssignor, assignor_for, share_out
from pipeline.engine.errors import TopicMismatch


class Group:
    """A stage's group, as the client library drives it: each member has an assignor class, a leader shares out."""

    def __init__(self, *topics: str, count: int = 6) -> None:
        self.counts = dict.fromkeys(topics, count)
        self.members: dict[str, type[CoStickyAssignor]] = {}

    def partitions_for_topic(self, topic: str) -> set[int]:
        """What an assignor asks of the cluster."""
        return set(range(self.counts[topic]))

    def rebalance(self, *names: str) -> dict[str, set[int]]:
        """Shares out among these members, over the wire; returns the numbers that each has of every topic."""
        self.members = {name: self.members.get(name) or assignor_for("stage") for name in names}
        told = {name: _wired(one.metadata(self.counts)) for name, one in self.members.items()}
        found: dict[str, set[int]] = {}
        for name, share in self.members[names[0]].assign(self, told).items():
            received = ConsumerProtocolMemberAssignment.decode(share.encode())
            self.members[name].on_assignment(received)
            of_topic = {
                topic: {part.partition for part in received.partitions() if part.topic == topic}
                for topic in self.counts
            }
            found[name] = next(iter(of_topic.values()))
            assert all(numbers == found[name] for numbers in of_topic.values()), "the inputs of a stage are torn apart"
        return found


def _wired(metadata: ConsumerProtocolMemberMetadata) -> ConsumerProtocolMemberMetadata:
    return ConsumerProtocolMemberMetadata.decode(metadata.encode())


@given(
    st.integers(1, 24),
    st.dictionaries(st.text("abcdef", min_size=1), st.lists(st.integers(0, 23), unique=True), min_size=1, max_size=5),
)
def test_every_partition_goes_to_exactly_one_member_in_even_shares(count: int, claims: dict[str, list[int]]) -> None:
    """Whatever the members claim: all partitions, none twice, shares that differ by one at most."""
    shares = share_out(count, claims)
    assert sorted(number for share in shares.values() for number in share) == list(range(count))
    assert max(map(len, shares.values())) - min(map(len, shares.values())) <= 1


@given(st.integers(1, 24), st.lists(st.sets(st.sampled_from("abcdef"), min_size=1), min_size=2, max_size=6))
def test_who_stays_gives_up_only_what_others_must_have(count: int, lives: Sequence[set[str]]) -> None:
    """Members come and go at random: one that stays is given something new only where it keeps all that it had."""
    group = Group("in", count=count)
    for before, after in pairwise([group.rebalance(*sorted(names)) for names in lives]):
        larger = -(-count // len(after))
        for name in before.keys() & after.keys():
            assert after[name] >= before[name] or len(before[name] & after[name]) >= count // len(after)
            assert after[name] >= before[name] or after[name] < before[name]
            assert len(after[name]) <= larger


def test_a_joining_member_moves_only_what_it_must() -> None:
    """Two members with three each and a third that comes: each gives up one, in every input alike."""
    group = Group("in", "other")
    before = group.rebalance("a", "b")
    after = group.rebalance("c", "b", "a")  # another one leads now
    assert [len(after[name] & before[name]) for name in "ab"] == [2, 2]
    assert after["c"] == set(range(6)) - after["a"] - after["b"]


def test_a_leaving_member_moves_nothing_else() -> None:
    """What the others had they keep."""
    group = Group("in")
    before = group.rebalance("b", "a", "c")
    after = group.rebalance("c", "a")
    assert after["a"] > before["a"]
    assert after["c"] > before["c"]


def test_inputs_of_different_partition_counts_are_refused_by_name() -> None:
    """Numbers without a partner in the other topic would be read by nobody who has the row."""
    group = Group("in", "other")
    group.counts["other"] = 4
    with pytest.raises(TopicMismatch, match="'in': 6, 'other': 4"):
        group.rebalance("a")


def test_each_stage_has_an_assignor_class_of_its_own() -> None:
    """What a member owns is class state: two stages in one worker must not overwrite each other's."""
    first, second = assignor_for("one"), assignor_for("two")
    first.on_assignment(ConsumerProtocolMemberAssignment(0, [("t", [2, 1])], b""))
    assert second.owned == ()
    assert first.metadata(["t"]).user_data == b"[1,2]"


def test_what_two_members_claim_stays_with_the_one_that_claims_more() -> None:
    """After a suspension two may believe that they own it: the one with more has more to read again."""
    assert share_out(4, {"a": [0], "b": [0, 1]}) == {"a": [2, 3], "b": [0, 1]}
