"""`python -m tests.bench.tenants`: what own topics for all 98 municipalities cost a worker, beside none.

One real broker, six partitions, the casework worker as it is started in production. Prints a table.
"""

import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.municipalities import municipalities
from pipeline.timebase import Clock
from tests.agents.running import Running
from tests.bench.receipts import answered_ms

PARTITIONS: Final = 6
READY_BUDGET_S: Final = 300.0
IDLE_S: Final = 20.0
ROUNDS: Final = 3
STARTS: Final = 3
MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Figures:
    """What one installation took; seconds, MiB, share of a core, milliseconds."""

    topics: int
    created_s: float
    first_s: float
    again_s: float
    worker_mib: float
    broker_mib: float
    just_started: float
    idle: float
    answer_ms: float
    answer_p99_ms: float
    slowest_ms: float


def main() -> None:
    """Measures none and all, each on a broker of its own."""
    for tenants in ((), tuple(sorted(municipalities()))[:98]):
        with (
            tempfile.TemporaryDirectory(prefix="brudvagt-tenants-") as directory,
            EmbeddedKafka(Path(directory) / "kafka") as kafka,
        ):
            sys.stdout.write(f"{len(tenants)} municipalities: {measured(kafka, Path(directory), tenants)}\n")
            sys.stdout.flush()


def measured(kafka: EmbeddedKafka, directory: Path, tenants: tuple[str, ...]) -> Figures:
    """Creates the topics, starts the worker some times, lets it idle, and asks it something."""
    connection = Connection.parse(f"kafka://{kafka.bootstrap}")
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=PARTITIONS, replication=1, tenants=tenants)
    began = time.monotonic()
    asyncio.run(admin.create(connection, topics.specs()))
    created_s = time.monotonic() - began
    with running(connection, topics, directory) as installed:
        starts = [started_s(installed) for _ in range(STARTS)]
        worker = installed.workers["casework"].process.pid
        just_started, idle = idle_share(worker), idle_share(worker)
        took_ms = asyncio.run(answered_ms(connection, topics, sorted(municipalities())[:98] * ROUNDS))
        return Figures(
            len(topics.specs()), created_s, starts[0], statistics.median(starts[1:]), rss_mib(worker), rss_mib(kafka.pid),
            just_started, idle, statistics.median(took_ms),
            statistics.quantiles(took_ms, n=100, method="inclusive")[98], max(took_ms),
        )  # fmt: skip


@contextmanager
def running(connection: Connection, topics: Topics, directory: Path) -> Iterator[Running]:
    """Yields an installation; its worker is ended afterwards."""
    with MailSink(directory / "mail") as sink:
        made = Running(connection, topics, Clock.real(), directory, sink)
        try:
            yield made
        finally:
            made.stop()


def started_s(installed: Running) -> float:
    """Ends the worker if it runs, starts it, and returns how long it took until it was ready."""
    installed.stop()
    began = time.monotonic()
    installed.start("casework")
    installed.await_ready(READY_BUDGET_S)
    return time.monotonic() - began


def idle_share(pid: int) -> float:
    """Returns which share of a core a process uses while nothing happens."""
    before, since = cpu_s(pid), time.monotonic()
    time.sleep(IDLE_S)  # what is measured is that nothing happens
    return (cpu_s(pid) - before) / (time.monotonic() - since)


def cpu_s(pid: int) -> float:
    """Returns the processor seconds that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def rss_mib(pid: int) -> float:
    """Returns the memory that a process holds (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / MIB


if __name__ == "__main__":
    main()
