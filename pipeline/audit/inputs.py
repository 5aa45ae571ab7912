"""Every stage reads on, and no topic forgets a record before its reader has seen it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from pipeline.audit.evidence import Evidence, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.audit.positions import readers, unread

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stage's input topic: how long its oldest unread record has lain there, how long the topic keeps one; seconds."""

    age_s: float
    retention_s: float


def waiting(evidence: Evidence) -> dict[str, Waiting]:
    """Returns every input topic that forgets, by its name without the installation's prefix. Age 0 where all is read."""
    snapshot, found = evidence.snapshot, dict[str, Waiting]()
    for reader in readers(snapshot.topics):
        oldest = unread(snapshot, evidence.positions, reader.inputs)
        for topic in reader.inputs:
            kept = snapshot.retention(topic)
            if kept is not None:
                ages = [snapshot.age(seen.timestamp_ms) for (name, _), seen in oldest.items() if name == topic]
                name = topic.removeprefix(f"{snapshot.topics.prefix}.")
                found[name] = Waiting(max(ages, default=timedelta(0)).total_seconds(), kept.total_seconds())
    return found


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields inputs whose oldest unread record has waited too long or is about to expire, and those that lost some."""
    snapshot, known = evidence.snapshot, evidence.positions
    for reader in readers(snapshot.topics):
        for (topic, partition), start in snapshot.starts.items():
            read_from = known.next_offset.get((topic, partition))
            compacted = snapshot.retention(topic) is None
            if topic in reader.inputs and not compacted and read_from is not None and read_from < start:
                yield Finding(
                    Code.EXPIRED_UNREAD,
                    Severity.CRITICAL,
                    f"{topic}[{partition}]",
                    f"{reader.stage} reads on from offset {read_from}, and the topic now begins at {start}: "
                    f"up to {start - read_from} records are gone unread",
                    "ask the senders to repeat everything since the worker stopped; the clocks run from their first copy",
                )
        for (topic, _), seen in unread(snapshot, known, reader.inputs).items():
            age, kept = snapshot.age(seen.timestamp_ms), snapshot.retention(topic)
            if kept is not None and age > kept * snapshot.limits.retention_share:
                yield Finding(
                    Code.RETENTION_NEAR,
                    Severity.CRITICAL,
                    written(seen),
                    f"{reader.stage} has not read this record, and the topic forgets it in "
                    f"{max(0, int((kept - age).total_seconds() // _HOUR_S))} h",
                    "raise the topic's retention.ms now, then start the worker",
                )
            elif age > snapshot.limits.grace:
                yield Finding(
                    Code.INPUT_WAITS,
                    Severity.CRITICAL,
                    written(seen),
                    f"{reader.stage} has not read this record for {int(age.total_seconds() // 60)} min",
                    "is the worker up, and does its log show one record again and again? See the runbook on stalled stages",
                )
