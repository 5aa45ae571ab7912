"""The topics of one run: reports that lie ready, and empty topics for what a contender writes."""

import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer

from pipeline.engine.partitioner import partition_of
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Cleanup, TopicSpec
from tests.bench.contenders.start import Task
from tests.bench.field import Contender
from tests.bench.work import ALERT_EVERY, EVENTS_PER_CASE, make_report

PARTITIONS = 4
FROM_PAGE_CACHE = {"log.flush.interval.messages": str(2**63 - 1)}
"""Kafka's own default. Brudvagt's embedded broker flushes every append, which would measure the disk."""

BATCH_BYTES = 256 * 1024


@dataclass(frozen=True)
class Track:
    """A broker, and a topic with `events` reports on it."""

    bootstrap: str
    reports: str
    events: int

    async def task(self, contender: Contender, events: int) -> Task:
        """Makes the topics of one run, names of its own; returns what to tell the contender."""
        prefix = f"{contender.name}-{secrets.token_hex(4)}"
        changelog = contender.changelog_of(prefix, self.reports)
        alerts = f"{prefix}-alerts"
        made = {alerts: Cleanup.DELETE} | ({} if contender.makes_changelog else {changelog: Cleanup.COMPACT})
        await create_topics(self.bootstrap, made)
        directory = Path(tempfile.gettempdir()) / "brudvagt-bench" / prefix
        return Task(self.bootstrap, prefix, self.reports, alerts, changelog, events, str(directory))


async def lay(bootstrap: str, events: int) -> Track:
    """Writes `events` reports, every twentieth urgent, in ten rounds over the cases; returns the track."""
    topic = f"reports-{secrets.token_hex(4)}"
    await create_topics(bootstrap, {topic: Cleanup.DELETE})
    cases = max(1, events // EVENTS_PER_CASE)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20, max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        for number in range(events):
            case = f"case-{number % cases}"
            value = make_report(number, case, urgent=number % ALERT_EVERY == 0, sent=0.0)
            where = partition_of(case.encode(), PARTITIONS)
            await producer.send(topic, value, key=case.encode(), partition=where)
        await producer.flush()
    finally:
        await producer.stop()
    return Track(bootstrap, topic, events)


async def create_topics(bootstrap: str, topics: Mapping[str, Cleanup]) -> None:
    """Makes topics of four partitions and waits until each has a leader that answers."""
    specs = [
        TopicSpec(name, "case", cleanup, None, "the bench", PARTITIONS, 1, {"cleanup.policy": cleanup.value})
        for name, cleanup in topics.items()
    ]
    await admin.create(Connection(servers=(bootstrap,)), specs)
