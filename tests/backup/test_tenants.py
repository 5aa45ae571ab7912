"""Municipalities' own topics in a backup: what waits there goes along as theirs, and copies are made from what is restored."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.backup import snapshot
from pipeline.backup import target as writing
from pipeline.backup.content import Header, OnItsWay
from pipeline.backup.file import items, written
from pipeline.backup.restore import restore
from pipeline.engine.ledger import LEDGER_KEY, Ledger
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_table, read_topics
from pipeline.kafka.records import Outgoing
from pipeline.kafka.replays import original_of
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.tenants.complete import MARK, complete

HERE, THERE = "657", "740"


@pytest.fixture
async def backed_up(connection: Connection, topics: Topics, tmp_path: Path) -> tuple[Path, Mapping[bytes, bytes]]:
    """A backup of two municipalities' cases, one handled and three waiting records on own topics; and the cases."""
    own = replace(topics, tenants=(HERE, THERE))
    await admin.create(connection, own.specs())
    rows = {
        f"{code}-{number:05}".encode(): b'{"n":%d}' % number for number in range(9) for code in (HERE, THERE, "167")
    }
    await send(connection, [Outgoing(topics.cases, value, key) for key, value in rows.items()])
    waiting = (own.of(HERE).reports, own.of(HERE).reports, own.of(HERE).actions, own.of(THERE).reports)
    await send(connection, [Outgoing(topic, b'{"n":%d}' % n, partition=1) for n, topic in enumerate(waiting)])
    handled = Ledger(topics.partitions).encode({own.of(HERE).reports: 1})
    await send(connection, [Outgoing(topics.intake, handled, LEDGER_KEY, 1)])
    path = tmp_path / "case-log"
    with written(path, Header(topics.prefix, topics.partitions, "now", "1.0"), replace=False) as writer:
        await snapshot.take(connection, own, writer, lambda *_: None)
    return path, rows


def elsewhere(*tenants: str) -> Topics:
    """Returns topics under a prefix of their own, with another number of partitions."""
    return Topics(prefix=f"t{secrets.token_hex(4)}", partitions=3, replication=1, tenants=tenants)


async def test_what_waits_on_own_topics_stays_its_municipalitys(
    connection: Connection, backed_up: tuple[Path, Mapping[bytes, bytes]]
) -> None:
    """As replays whose original stood on the own topic, even where the restored installation has none for it."""
    path, _ = backed_up
    waiting = [(one.stream, one.value) for one in items(path) if isinstance(one, OnItsWay)]
    assert sorted(waiting) == [("actions.657", b'{"n":2}'), ("reports.657", b'{"n":1}'), ("reports.740", b'{"n":3}')]
    target = elsewhere(HERE)
    await restore(connection, target, path)
    replays = await read_topics(connection, [target.replays])
    found = {
        one.value: target.tenant(first.topic) for one in replays if (first := original_of(one.headers)) is not None
    }
    assert found == {b'{"n":2}': HERE, b'{"n":1}': HERE, b'{"n":3}': THERE}


async def test_copies_are_made_before_a_stage_may_start(
    connection: Connection, backed_up: tuple[Path, Mapping[bytes, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was restored, on the new partitions, marked; over copies that were marked when there was nothing to copy."""
    path, rows = backed_up
    target = elsewhere(HERE)
    await admin.create(connection, target.specs())
    assert await complete(connection, target) == 0  # a worker was started on the empty installation

    async def broken(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(writing, "commit", broken)
        with pytest.raises(ConnectionResetError):
            await restore(connection, target, path)
    assert await read_table(connection, target.of(HERE).cases) == {
        key: value for key, value in rows.items() if key.startswith(HERE.encode())
    }
    await restore(connection, target, path)
    whole = {one.key: one.partition for one in await read_topics(connection, [target.cases]) if not one.internal}
    copy = await read_topics(connection, [target.of(HERE).cases], keys=lambda key: key != MARK)
    assert {one.key: one.partition for one in copy} == {
        key: partition for key, partition in whole.items() if key is not None and key.startswith(HERE.encode())
    }
