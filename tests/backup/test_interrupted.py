"""An import that breaks off leaves what no stage starts on and what the next one completes; nothing is overwritten."""

import asyncio
import secrets
from pathlib import Path

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from agents.casework import MAX_RECORD_BYTES
from pipeline.backup import restore as restoring
from pipeline.backup import snapshot, target
from pipeline.backup.content import Header, OnItsWay, Row
from pipeline.backup.file import BackupError, written
from pipeline.backup.progress import unseen
from pipeline.backup.restore import restore
from pipeline.engine.errors import EngineError
from pipeline.engine.ledger import LEDGER_KEY, Ledger
from pipeline.engine.partitioner import partition_of
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_table, read_topics
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics

KEYS = [f"657-{number:05}" for number in range(30)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Thirty rows, one fact and one report on their way."""
    path = tmp_path / "case-log"
    with written(path, Header("brudvagt", 4, "2026-11-25T02:00:00+00:00", "1.0"), replace=False) as writer:
        for key in KEYS:
            writer.add(Row("cases", partition_of(key.encode(), 4), key.encode(), b'{"case":"%s"}' % key.encode()))
        writer.add(OnItsWay("facts", 1, 9, 1_764_000_000_000, b"657-00001", b"{}"))
        writer.add(OnItsWay("reports", 1, 7, 1_764_000_000_000, None, b"{}"))
    return path


async def ledgers(connection: Connection, topics: Topics) -> list[bytes]:
    """Returns the last of the engine's own rows of each partition of each table."""
    seen = await read_topics(connection, [topics.cases, topics.chains, topics.deliveries, topics.intake])
    return [*{(one.topic, one.partition): one.value or b"" for one in seen if one.key == LEDGER_KEY}.values()]


async def on_their_way(connection: Connection, topics: Topics) -> list[tuple[str, dict[str, bytes]]]:
    """Returns what was sent on: topic and headers."""
    seen = await read_topics(connection, [topics.facts, topics.replays, topics.reports, topics.alerts])
    return sorted((one.topic, dict(one.headers)) for one in seen)


@pytest.mark.parametrize("step", ["_write", "_read_back", "commit"])
async def test_an_import_that_breaks_off_is_completed_by_the_next(
    connection: Connection, topics: Topics, file: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Meanwhile every ledger refuses its stage, and nothing was sent on; afterwards all is there once."""

    async def broken(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(target if step == "commit" else restoring, step, broken)
        with pytest.raises(ConnectionResetError):
            await restore(connection, topics, file)
    shut = await ledgers(connection, topics)
    assert len(shut) == 16
    for row in shut:
        with pytest.raises(EngineError, match="import` again"):
            Ledger.decode(row, 4)
    assert await on_their_way(connection, topics) == []

    assert not (await restore(connection, topics, file)).already
    assert [Ledger.decode(row, 4).positions for row in await ledgers(connection, topics)] == [{}] * 16
    rows = await read_topics(connection, [topics.cases], keys=lambda key: key != LEDGER_KEY)
    assert sorted((one.key or b"").decode() for one in rows) == KEYS
    assert (await restore(connection, topics, file)).already
    fact, report = await on_their_way(connection, topics)
    assert fact == (topics.facts, {})
    assert report[0] == topics.replays
    assert {b"1764000000000", topics.reports.encode(), b"7"} <= set(report[1].values())


async def test_tables_that_hold_something_else_are_left_alone(
    connection: Connection, topics: Topics, file: Path
) -> None:
    """Another value, a further row, or a row deleted since the restore: each is refused, nothing is written."""
    await restore(connection, topics, file)
    for key, value, words in (
        ("657-00003", b"{}", "overwrites nothing"),
        ("657-00003", b'{"case":"657-00003"}', None),
        ("657-99999", b"{}", "overwrites nothing"),
        ("657-99999", None, None),
        ("657-00003", None, "deleted since"),
    ):
        await send(connection, [Outgoing(topics.cases, value, key.encode())])
        if words is None:
            assert (await restore(connection, topics, file)).already
            continue
        before = await read_topics(connection, [spec.name for spec in topics.specs()])
        with pytest.raises(BackupError, match=words):
            await restore(connection, topics, file)
        assert await read_topics(connection, [spec.name for spec in topics.specs()]) == before


async def test_topics_with_another_partition_count_are_refused(
    connection: Connection, topics: Topics, file: Path
) -> None:
    """Before anything is written: keys would hash elsewhere."""
    with pytest.raises(BackupError, match="4 partitions, BRUDVAGT_PARTITIONS says 6"):
        await restore(connection, Topics(topics.prefix, partitions=6), file)
    assert await ledgers(connection, topics) == []


async def test_a_dry_run_looks_at_the_tables_that_are_there(connection: Connection, file: Path, tmp_path: Path) -> None:
    """Where some topics are missing, the others may still hold what an import must not overwrite."""
    topics = Topics(f"t{secrets.token_hex(4)}", partitions=4, replication=1)
    await admin.create(connection, [spec for spec in topics.specs() if spec.name == topics.cases])
    assert (await restore(connection, topics, file, dry_run=True)).missing == len(KEYS)
    await send(connection, [Outgoing(topics.cases, b"{}", b"657-99999")])
    with pytest.raises(BackupError, match="overwrites nothing"):
        await restore(connection, topics, file, dry_run=True)
    assert len(await admin.describe(connection, topics.specs())) == 1


async def test_a_worker_that_begins_meanwhile_is_noticed(
    connection: Connection, topics: Topics, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looking for its tables when they were sealed, and writes its positions over a seal: nothing is opened."""
    write = restoring._write

    async def beside(*given: object) -> None:
        await write(*given)  # type: ignore[arg-type]
        own = Outgoing(topics.chains, Ledger(4).encode({topics.cases: 3}), LEDGER_KEY, 2)
        await send(connection, [own])

    monkeypatch.setattr(restoring, "_write", beside)
    with pytest.raises(BackupError, match="a worker has begun to work on the tables"):
        await restore(connection, topics, file)
    assert await on_their_way(connection, topics) == []


async def test_what_the_brokers_refuse_is_told_in_words(
    connection: Connection, topics: Topics, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At three in the night, with the user of another purpose: which user it takes, and that nothing is lost."""

    async def refused(*_: object) -> None:
        raise TopicAuthorizationFailedError(topics.cases)

    monkeypatch.setattr(target, "commit", refused)
    with pytest.raises(
        BackupError, match=f"TopicAuthorizationFailedError.*{topics.prefix}-restore.*goes on where it was"
    ):
        await restore(connection, topics, file)
    monkeypatch.undo()
    assert (await restore(connection, topics, file)).missing == 0


async def test_an_export_of_nothing_and_of_a_part_is_refused(
    connection: Connection, topics: Topics, tmp_path: Path
) -> None:
    """Another prefix, and fewer partitions than there are: each in words, and no file is left."""
    for other, words in (
        (Topics(f"t{secrets.token_hex(4)}", partitions=4), "there is nothing to export"),
        (Topics(topics.prefix, partitions=2), "has 4 partitions, BRUDVAGT_PARTITIONS says 2"),
    ):
        header = Header(other.prefix, other.partitions, "2026-11-25T02:00:00+00:00", "1.0")
        with pytest.raises(BackupError, match=words), written(tmp_path / "file", header, replace=False) as writer:
            await snapshot.take(connection, other, writer, unseen)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_the_largest_row_that_casework_writes_is_restored(
    connection: Connection, topics: Topics, tmp_path: Path
) -> None:
    """Larger than a batch of the import's, between small ones, and of a kind that hardly packs."""
    path, big = tmp_path / "case-log", secrets.token_urlsafe((MAX_RECORD_BYTES - 100) * 3 // 4).encode()
    with written(path, Header("brudvagt", 4, "2026-11-25T02:00:00+00:00", "1.0"), replace=False) as writer:
        for number, value in enumerate((b"{}", big, b"{}", big)):
            writer.add(Row("cases", 0, b"%d" % number, value))
    await restore(connection, topics, path)
    assert await read_table(connection, topics.cases) == {b"0": b"{}", b"1": big, b"2": b"{}", b"3": big}
