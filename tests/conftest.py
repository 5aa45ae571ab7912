"""For every test: one real Kafka for the whole session, fresh topics for each test that asks, how properties are tried."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipeline.kafka import admin
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics

TEST_PARTITIONS = 4

# Hypothesis gives an example 200 ms by the clock, and the making of examples a second: a busy machine fails that with nothing
# wrong. What `make test` tries is the same in every run; `HYPOTHESIS_PROFILE=explore make test` looks further each time.
EVERYWHERE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("same", EVERYWHERE, derandomize=True)
settings.register_profile("explore", EVERYWHERE, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# No test cuts the power, and a flush for each append costs several milliseconds on shared disks.
FROM_PAGE_CACHE = {"log.flush.interval.messages": str(2**63 - 1)}

# The broker looks every 15 s for something to clean, and every 10 s for transactions that are overdue: tests would wait.
LOOKS_OFTEN = {
    "log.cleaner.backoff.ms": "250",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "250",
}


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedKafka]:
    """A real Apache Kafka, started at first use and shared by the session. If it cannot start, tests fail."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-kafka-", ignore_cleanup_errors=True) as directory,
        EmbeddedKafka(Path(directory), port=0, overrides=FROM_PAGE_CACHE | LOOKS_OFTEN) as kafka,
    ):
        yield kafka


@pytest.fixture(scope="session")
def connection(broker: EmbeddedKafka) -> Connection:
    """How clients reach the session's Kafka."""
    return Connection(servers=(broker.bootstrap,))


@pytest.fixture
async def topics(connection: Connection) -> Topics:
    """All topics of the design with four partitions, under a prefix that no other test has."""
    fresh = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=TEST_PARTITIONS, replication=1)
    await admin.create(connection, fresh.specs())
    return fresh
