"""The snapshot: what lay in the topics at one moment, as bytes, with where each log begins and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.audit.limits import Limits
from pipeline.audit.policies import PolicyFile
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock

Part = tuple[str, int]
"""Topic and partition."""

Written = tuple[str, int, int, int]
"""Topic, partition, offset and the broker's time: one record, also where a topic was made anew."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every committed record of every topic but the restricted one, in order of topic, partition and offset.

    `starts` and `ends` are the first and next offset of each partition as they were when the snapshot was taken.
    `table_ends` are those of the tables a moment earlier: a position found below them was true before anything else
    was looked at, so that what a stage says it has handled is sure to be visible in the rest.
    """

    topics: Topics
    clock: Clock
    now: datetime  # shown time, aware, UTC
    policies: Sequence[PolicyFile]
    records: Sequence[Seen]
    starts: Mapping[Part, int] = field(default_factory=dict)
    ends: Mapping[Part, int] = field(default_factory=dict)
    table_ends: Mapping[Part, int] = field(default_factory=dict)
    retentions: Mapping[str, timedelta | None] = field(default_factory=dict)  # by topic, as `retentions` finds them
    limits: Limits = field(default_factory=Limits)
    clean: set[Written] = field(default_factory=set, compare=False)
    """Records that an earlier audit of the same reading has looked through for CPR numbers and found none in: a record never
    changes, and looking is six sevenths of an audit's work."""

    @property
    def patience(self) -> timedelta:
        """The grace in shown time."""
        return self.limits.grace * self.clock.speed

    def age(self, timestamp_ms: int) -> timedelta:
        """Returns how long ago in real time the broker wrote a record with this timestamp."""
        shown_s = self.now.timestamp() - self.clock.shown(timestamp_ms / 1000)
        return timedelta(seconds=self.clock.real_seconds(shown_s))

    def is_fresh(self, timestamp_ms: int) -> bool:
        """Whether what follows from a record may still be under way."""
        return self.age(timestamp_ms) < self.limits.grace

    def retention(self, topic: str) -> timedelta | None:
        """Returns how long the topic keeps records; None for a compacted one, and for one that keeps them for ever."""
        return self.retentions.get(topic)

    def proves(self, topic: str, timestamp_ms: int) -> bool:
        """Whether a record is young enough for its answer to be there for certain."""
        kept = self.retention(topic)
        return kept is None or self.age(timestamp_ms) < kept - self.limits.margin
