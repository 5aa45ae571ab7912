"""Restores a backup: seal, write, read back, open. Until it is opened no stage starts on the tables.

1. *Seal*: a row in every partition of every table, on which every stage refuses to start.
2. *Write* the rows that are missing.
3. *Read back* all of them and compare. Copies of municipalities with topics of their own are made from them.
4. *Open*: in one transaction the seals become ledgers with the new partition count and no position (every stage reads its
   inputs from their beginning), and the records that were on their way are sent.

A crash before 4 leaves sealed tables, and the same command goes on from there; after 4 it says that all is done.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from aiokafka.errors import KafkaError

from pipeline.backup import target
from pipeline.backup.content import TABLES, Header, OnItsWay, Row
from pipeline.backup.file import BackupError, check, items
from pipeline.backup.placing import placed
from pipeline.backup.progress import Progress, unseen
from pipeline.backup.snapshot import topic
from pipeline.backup.target import Compared, digest, fingerprint
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.groups import describe_groups
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.tenants.complete import complete_anew
from schemas.row_version import refusal, unread

STAGES = ("intake", "casework", "routing", "delivery")
CHUNK = 5_000  # rows under way at once: some 20 MB


@dataclass(frozen=True, slots=True)
class Restored:
    """What an import did, or with a dry run would do."""

    header: Header
    rows: int
    missing: int
    on_their_way: int
    sha256: str
    """Over table, partition, key and value of every row in its new place."""
    already: bool
    """Whether an earlier import had brought all of it."""


async def restore(
    connection: Connection, topics: Topics, path: Path, *, dry_run: bool = False, progress: Progress = unseen
) -> Restored:
    """Brings a backup into the cluster. Raises BackupError, with nothing written, when that would not be a restore; and,
    with the tables shut, when the brokers or a worker come between: the message says how to go on.
    """
    header, trailer = check(path, progress)
    try:
        return await _restore(connection, topics, path, header, sum(trailer.counts.values()), dry_run, progress)
    except KafkaError as error:
        raise BackupError(
            f"the brokers did not let it happen ({type(error).__name__}). Where they ask who one is, an import needs the "
            f"user {topics.prefix}-restore. Mend it and give the same command again: it goes on where it was"
        ) from error


async def _restore(
    connection: Connection, topics: Topics, path: Path, header: Header, lines: int, dry_run: bool, progress: Progress
) -> Restored:
    await _idle(connection, topics)
    there = await _topics(connection, topics, dry_run=dry_run)
    wanted: set[bytes] = set()
    for row in _rows(path, header, topics):
        if (version := unread(row.value)) is not None:
            raise BackupError(refusal(f"{path}: a row of {row.table}", version))
        wanted.add(digest(row))
        if not len(wanted) % CHUNK:
            progress("rows placed", len(wanted), lines)
    found = await target.look(connection, topics, there, wanted, progress, "offsets of the tables read")
    missing = _missing(found)
    waiting = [one for one in items(path) if isinstance(one, OnItsWay)]
    already = bool(wanted) and not missing and not found.sealed
    summary = Restored(header, len(wanted), missing, len(waiting), fingerprint(wanted), already)
    if dry_run or already:
        return summary
    await send(connection, target.seals(topics, opened=False))
    rows = (row for row in _rows(path, header, topics) if digest(row) not in found.there)
    await _write(connection, topics, rows, missing, progress)
    found.there.clear()
    await _read_back(connection, topics, wanted, progress)
    await complete_anew(connection, topics)
    await _idle(connection, topics)
    opened = target.seals(topics, opened=True)
    await target.commit(connection, topics, [*(target.outgoing(topics, one) for one in waiting), *opened])
    return summary


def _rows(path: Path, header: Header, topics: Topics) -> Iterator[Row]:
    return placed(lambda: (one for one in items(path) if isinstance(one, Row)), header.partitions, topics.partitions)


def _missing(found: Compared) -> int:
    if found.foreign:
        raise BackupError(
            f"the tables hold {found.foreign} rows that are not in the backup, or not as it has them: an import fills an "
            "empty installation and overwrites nothing. Use another BRUDVAGT_TOPIC_PREFIX, or delete the topics first"
        )
    missing = len(found.wanted) - len(found.there)
    if found.there and missing and not found.sealed:
        raise BackupError(
            f"{len(found.there)} rows of the backup are there and {missing} are not, though no import broke off: "
            "they were deleted since, by an erasure for one, and an import must not bring them back"
        )
    return missing


async def _idle(connection: Connection, topics: Topics) -> None:
    groups = await describe_groups(connection, [f"{topics.prefix}.{stage}" for stage in STAGES])
    if running := [group.name for group in groups if group.members]:
        raise BackupError(f"workers are running ({', '.join(running)}): stop them first, then import again")


async def _topics(connection: Connection, topics: Topics, *, dry_run: bool) -> list[str]:
    """Creates what is missing, unless it is a dry run; returns which tables are there then, in their order."""
    known = await admin.describe(connection, topics.specs())
    for name, state in known.items():
        if state.partitions != topics.partitions:
            raise BackupError(
                f"{name} has {state.partitions} partitions, BRUDVAGT_PARTITIONS says {topics.partitions}: "
                "delete the topics and let the import create them, or set the count that they have"
            )
    if not dry_run:
        await admin.create(connection, topics.specs())
    return [name for name in TABLES if not dry_run or topic(topics, name) in known]


async def _write(connection: Connection, topics: Topics, rows: Iterator[Row], whole: int, progress: Progress) -> None:
    done = 0
    async with target.filling(connection) as fill:
        while chunk := [target.outgoing_row(topics, row) for row in islice(rows, CHUNK)]:
            await fill(chunk)
            progress("rows written", done := done + len(chunk), whole)


async def _read_back(connection: Connection, topics: Topics, wanted: Set[bytes], progress: Progress) -> None:
    found = await target.look(connection, topics, TABLES, wanted, progress, "offsets read back")
    if found.foreign or len(found.there) < len(wanted):
        raise BackupError(
            f"what was written does not read back as it stands in the backup ({len(found.there)} of {len(wanted)} rows): "
            "the tables stay shut to every stage. Look at the brokers, delete the topics and import again"
        )
    if found.sealed < len(TABLES) * topics.partitions:
        raise BackupError(
            "a worker has begun to work on the tables while they were filled. Stop every worker, delete the topics and "
            "import again"
        )
