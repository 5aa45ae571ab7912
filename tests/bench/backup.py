"""`python -m tests.bench backup`: export and import of many cases, as the commands that an operator gives."""

import argparse
import asyncio
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from pipeline.backup.content import Header, Row
from pipeline.backup.file import written
from pipeline.cases.identity import reference
from pipeline.engine.partitioner import partition_of
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.settings import Settings
from schemas.delivery import INDEXES
from tests.agents.events import case, report
from tests.bench.environments import ROOT
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.world import World

OUT = ROOT / "out" / "bench" / "backup.json"
BEGINS = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LIVED = timedelta(hours=26)
"""So long the cases have run that the file is filled with: opened, told up the chain, and past the first day's rung."""

WROTE, NOW = 4, 6  # partitions of the installation that was backed up, and of the one that is filled
_ID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What one command took."""

    command: str
    seconds: float
    rows_per_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    cases: int
    rows: int
    file_bytes: int
    commands: Sequence[Taken]


async def lives(folder: Path) -> list[tuple[str, list[Row]]]:
    """Returns a few cases with all their rows, as the four stages wrote them: reference and rows of each."""
    os.environ["BRUDVAGT_DATA_DIR"] = str(folder)
    names = [f"life-{number}" for number in range(8)]
    async with smtp_server(Mailbox()) as port:
        world = World(BEGINS.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(*map(report, names))
        await world.until((BEGINS + LIVED).timestamp())
    tables = {"casework": "cases", "routing": "chains", "delivery": "deliveries"}
    rows = [
        Row(tables[station.name], station.partition, key, value)
        for station in world.stations
        if station.name in tables
        for key, value in station.committed.items()
    ]
    return [(case(name), _of(case(name).encode(), rows)) for name in names]


def _of(ref: bytes, rows: Sequence[Row]) -> list[Row]:
    mine = [one for one in rows if ref in one.key or ref in one.value]
    alerts = {one.key for one in mine if one.table == "deliveries" and not one.key.startswith(INDEXES)}
    return [*mine, *(one for one in rows if one.value in alerts)]  # the index names the newest alert by its id alone


def copies(cases: int, templates: Sequence[tuple[str, list[Row]]]) -> Iterator[Row]:
    """Yields the rows of so many cases, table by table: each template's with another reference and other ids."""
    for table in ("deliveries", "chains", "cases"):
        for number in range(cases):
            ref, rows = templates[number % len(templates)]
            new, salt = reference("657", f"copy-{number}").encode(), b"%d" % number

            def other(found: re.Match[bytes], salt: bytes = salt) -> bytes:
                return hashlib.md5(found[0] + salt, usedforsecurity=False).hexdigest().encode()

            for row in rows:
                if row.table == table:
                    key, value = (_ID.sub(other, part).replace(ref.encode(), new) for part in (row.key, row.value))
                    yield Row(table, partition_of(new, WROTE), key, value)


def measure(cases: int, folder: Path) -> Figures:
    """Fills a file, imports it into a broker of its own under another partition count, exports that, verifies."""
    templates = asyncio.run(lives(folder))
    file, again = folder / "case-log", folder / "again"
    rows = 0
    with written(file, Header("bench", WROTE, "2026-11-25T02:00:00+00:00", "1.0"), replace=False) as writer:
        for row in copies(cases, templates):
            writer.add(row)
            rows += 1
    with EmbeddedKafka(folder / "kafka", port=0) as broker:
        environment = {
            **os.environ,
            "BRUDVAGT_KAFKA_URL": f"kafka://{broker.bootstrap}",
            "BRUDVAGT_PARTITIONS": str(NOW),
            "BRUDVAGT_REPLICATION": "1",
        }
        commands = [
            _run(arguments, rows, environment)
            for arguments in (
                ["export", "--verify", str(file)],
                ["import", "--dry-run", str(file)],
                ["import", str(file)],
                ["export", str(again)],
            )
        ]
    return Figures(cases, rows, again.stat().st_size, commands)


def _run(arguments: list[str], rows: int, environment: dict[str, str]) -> Taken:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *arguments], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    took_s = time.monotonic() - began
    return Taken(" ".join(arguments[:-1]), took_s, rows / took_s, used.ru_maxrss / 1024)


def table(one: Figures) -> str:
    """Returns the figures as lines of text."""
    lines = [
        f"{one.cases:,} cases, {one.rows:,} rows; file {one.file_bytes / MIB:.1f} MiB, "
        f"{one.file_bytes / one.cases:,.0f} bytes a case",
        *(
            f"{taken.command:<20} {taken.seconds:>7.1f} s {taken.rows_per_s:>10,.0f} rows/s {taken.peak_mib:>7.0f} MiB at most"
            for taken in one.commands
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures on a Kafka of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="brudvagt-backup-", ignore_cleanup_errors=True) as directory:
        figures = measure(wanted.cases, Path(directory))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(asdict(figures), indent=1) + "\n", "utf-8")
    sys.stdout.write(table(figures) + f"\n\nwritten to {OUT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
