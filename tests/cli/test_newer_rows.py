"""A row that a newer Brudvagt wrote: every command that reads cases says so in the words that a worker ends with."""

import asyncio
import secrets
from pathlib import Path

import pytest

from pipeline.engine.partitioner import partition_of
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from tests.agents.events import case
from tests.cli.terminal import Terminal

REF = case("from-tomorrow")
NEWER = (
    b'{"schema_version":"2027-03-01","reference":"%s","municipality":"657","status":"closed",'
    b'"kind":"breach","opened_at":"2027-03-02T08:00:00Z"}'
) % REF.encode()


@pytest.fixture(scope="module")
def newer(connection: Connection) -> Topics:
    """An installation with one such row."""
    topics, key = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=1, replication=1), REF.encode()

    async def made() -> None:
        await admin.create(connection, topics.specs())
        await send(connection, [Outgoing(topics.cases, NEWER, key, partition=partition_of(key, 1))])

    asyncio.run(made())
    return topics


@pytest.mark.parametrize(
    "command",
    [
        ("cases",), ("cases", "--json"), ("case", REF), ("letter", REF, "--kind", "receipt"), ("retention",),
        ("reassess", "--ruleset", "dk-severity.v1"), ("watch",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_row_of_tomorrow_is_refused_in_words(
    command: tuple[str, ...],
    newer: Topics,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """Nothing of the row is shown, and no list looks whole without it."""
    installed = {
        "BRUDVAGT_KAFKA_URL": f"kafka://{','.join(connection.servers)}",
        "BRUDVAGT_TOPIC_PREFIX": newer.prefix,
        "BRUDVAGT_PARTITIONS": "1",
        "BRUDVAGT_DATA_DIR": str(tmp_path),
    }
    said = Terminal(installed, monkeypatch, capsysbinary)(*command)
    assert (said.status, len(said.err.splitlines())) == (1, 1)
    assert f"the row of {REF} has schema version 2027-03-01, and this Brudvagt reads 2026-11-01" in said.err
    assert "docs/upgrade.md" in said.err
    assert "opened_at" not in said.out + said.err
