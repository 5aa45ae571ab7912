"""The auditor that runs always outlives a broker that does not answer, with all that it has read."""

import asyncio
from pathlib import Path

import pytest
from aiokafka.errors import KafkaTimeoutError
from prometheus_client import REGISTRY

from pipeline.audit.reading import READ_BUDGET_S, Reader
from pipeline.audit.snapshot import Snapshot
from pipeline.audit.standing import Auditor
from pipeline.bystander import Watch
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock

POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "policies"
BUDGET_S = 60.0


async def test_an_auditor_outlives_a_broker_that_does_not_answer(
    connection: Connection, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice there is no snapshot; the same reader takes the third, and that audit is shown."""
    silences: list[Exception] = [KafkaTimeoutError(), TimeoutError()]
    watch, readers, take = Watch(), set(), Reader.snapshot

    async def snapshot(self: Reader, budget_s: float = READ_BUDGET_S) -> Snapshot:
        readers.add(self)
        if silences:
            raise silences.pop()
        taken = await take(self, budget_s)
        watch.stop.set()
        return taken

    monkeypatch.setattr(Reader, "snapshot", snapshot)
    async with asyncio.timeout(BUDGET_S):
        await Auditor(connection, topics, Clock.real(), POLICIES, 0.1).watch(watch)
    assert not silences
    assert len(readers) == 1
    assert watch.ready
    assert (REGISTRY.get_sample_value("brudvagt_audit_last_run_timestamp_seconds") or 0) > 0


async def test_a_reading_that_goes_on_remembers_what_was_looked_through(connection: Connection, topics: Topics) -> None:
    """Each of its snapshots has the same memory of clean records; another reader begins anew."""
    async with (
        Reader(connection, topics, Clock.real(), ()) as reader,
        Reader(connection, topics, Clock.real(), ()) as other,
    ):
        first = await reader.snapshot()
        first.clean.add(("t", 0, 7, 0))
        assert ("t", 0, 7, 0) in (await reader.snapshot()).clean
        assert (await other.snapshot()).clean == set()
