"""One installation in motion: both workers as processes of their own, a mail sink, an environment for commands."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.delivery.sink import MailSink
from pipeline.kafka.connection import Connection
from pipeline.kafka.ports import free_port
from pipeline.kafka.records import Headers, Outgoing
from pipeline.kafka.sending import Position, send
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from tests.agents.asking import ask

ROLES = ("casework", "alerting")
READY_BUDGET_S = 180.0
STOP_BUDGET_S = 60.0
POLL_S = 0.05
MONDAY_MORNING = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
"""9 o'clock in Denmark: no quiet hours, and the next full hour is a whole shown hour away."""

STRUCTURED: Headers = (("content-type", b"application/cloudevents+json"),)


@dataclass(slots=True)
class Worker:
    """One worker process, its health port and its log."""

    role: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> tuple[int, str]:
        """Returns status and text of one page of the health server; status 0 when nothing answers."""
        return ask(self.port, path)

    @property
    def ready(self) -> bool:
        """Whether every partition of its stages is open."""
        return self.get("/readyz")[0] == 200


@dataclass(slots=True)
class Running:
    """What a test needs of a running pipeline. `speed` is shown seconds in a real one."""

    connection: Connection
    topics: Topics
    clock: Clock
    directory: Path
    sink: MailSink
    more: Mapping[str, str] = field(default_factory=dict)  # settings of this installation alone
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of this installation, for workers and commands."""
        return {
            "BRUDVAGT_KAFKA_URL": f"kafka://{self.connection.servers[0]}",
            "BRUDVAGT_TOPIC_PREFIX": self.topics.prefix,
            "BRUDVAGT_PARTITIONS": str(self.topics.partitions),
            "BRUDVAGT_REPLICATION": str(self.topics.replication),
            "BRUDVAGT_DATA_DIR": str(self.directory),
            "BRUDVAGT_DEMO_CLOCK": str(self.clock),
            "BRUDVAGT_SMTP_URL": self.sink.url,
            "BRUDVAGT_LOG_FORMAT": "json",
            **({"BRUDVAGT_TENANTS": ",".join(self.topics.tenants)} if self.topics.tenants else {}),
            **self.more,
        }

    @property
    def mails(self) -> list[Path]:
        """The mails that were taken so far, in order."""
        return sorted(self.sink.directory.glob("*.eml"))

    @property
    def logs(self) -> str:
        """Everything that the workers wrote."""
        return "\n".join(worker.log.read_text() for worker in self.workers.values())

    def start(self, role: str, name: str | None = None, *, skew_s: float = 0.0) -> None:
        """Starts a worker; again on the same port if it ran before. A second one of a role has a `name` of its own.

        Its machine's clock is `skew_s` real seconds ahead of ours, which is the broker's.
        """
        name = name or role
        before = self.workers.get(name)
        port = free_port() if before is None else before.port
        log = self.directory / f"{name}.log"
        program = ["tests.agents.skewed", str(skew_s)] if skew_s else ["pipeline.cli"]
        with log.open("ab") as out:
            command = [sys.executable, "-m", *program, "worker", role, "--health-port", str(port)]
            process = subprocess.Popen(command, env={**os.environ, **self.environment}, stdout=out, stderr=out)
        self.workers[name] = Worker(role, port, log, process)

    def await_ready(self, budget_s: float = READY_BUDGET_S) -> None:
        """Waits until every worker has opened its partitions; fails with the log of one that does not."""
        deadline = time.monotonic() + budget_s
        for worker in self.workers.values():
            while not worker.ready:
                assert worker.process.poll() is None, worker.log.read_text()
                assert time.monotonic() < deadline, worker.log.read_text()
                time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them

    def kill(self, name: str) -> None:
        """kill -9 of the worker of that name; the first of a role is named by it."""
        process = self.workers[name].process
        process.kill()
        process.wait()

    def leave(self, name: str) -> None:
        """Ends one worker as an operator does: it finishes what it has in hand and gives its partitions back."""
        process = self.workers[name].process
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_BUDGET_S)

    def stop(self) -> None:
        """Ends what still runs; fails if a worker does not end within its budget."""
        for worker in self.workers.values():
            worker.process.send_signal(signal.SIGTERM)
        for worker in self.workers.values():
            try:
                worker.process.wait(STOP_BUDGET_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
                raise

    async def report(self, *events: bytes) -> list[Position]:
        """Sends structured events as a form system would; returns where each lies."""
        return await self.send([(self.topics.reports, event, STRUCTURED) for event in events])

    async def act(self, *events: bytes) -> list[Position]:
        """Sends structured acts as a person's tool would; returns where each lies."""
        return await self.send([(self.topics.actions, event, STRUCTURED) for event in events])

    async def send(self, records: Sequence[tuple[str, bytes | None, Headers]]) -> list[Position]:
        """Sends (topic, value, headers); returns where each lies."""
        return await send(self.connection, [Outgoing(topic, value, headers=more) for topic, value, more in records])

    def command(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs `brudvagt ARGUMENTS` as a process and waits for its end."""
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            input=stdin,
            capture_output=True,
            env={**os.environ, **self.environment, **(environment or {})},
            timeout=180,
            check=False,
        )
