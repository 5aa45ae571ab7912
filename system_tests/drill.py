"""A drill: a pipeline in motion with heartbeat and auditor, kept alive as by a supervisor, under a real Prometheus."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pipeline.delivery.sink import MailSink
from pipeline.kafka.ports import free_port
from system_tests.quickened import quickened
from system_tests.rules import FILES, SWITCH
from tests.agents.running import Running, Worker

POLL_S = 0.25
START_BUDGET_S = 60.0
GOOD, BAD = "pipeline.cli", "system_tests.bad_deploy"


@dataclass(slots=True)
class Prometheus:
    """A Prometheus that scrapes the drill's processes every second and judges them by the shortened rules."""

    directory: Path
    port: int = field(default_factory=free_port)

    def configure(self, workers: Mapping[str, Worker]) -> list[str]:
        """Writes its files; returns its command."""
        self.directory.mkdir()
        for file in FILES:
            (self.directory / file.name).write_text(quickened(file.read_text()))
        targets = [
            {"targets": [f"127.0.0.1:{worker.port}"], "labels": {"worker": role}} for role, worker in workers.items()
        ]
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(self.directory / file.name) for file in FILES],
            "scrape_configs": [{"job_name": "brudvagt", "static_configs": targets}],
        }
        path = self.directory / "prometheus.yml"
        path.write_text(yaml.safe_dump(config))
        command = shutil.which("prometheus")
        assert command is not None, "install Prometheus (Debian: apt-get install prometheus)"
        return [
            command,
            f"--config.file={path}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]

    def get(self, path: str) -> str | None:
        """Returns a page, None while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    def firing(self) -> set[str]:
        """Returns the names of the alerts that fire now, without the dead man's switch."""
        text = self.get("/api/v1/alerts")
        alerts = [] if text is None else json.loads(text)["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"} - {SWITCH}


class MailServer(MailSink):
    """A mail sink that can be down for a while and comes back on its port."""

    def __init__(self, directory: Path) -> None:
        """Chooses its port."""
        self._port = free_port()
        super().__init__(directory, port=self._port)

    @property
    def url(self) -> str:
        """Where mails are taken, or would be."""
        return f"smtp://127.0.0.1:{self._port}"

    def down(self) -> None:
        """Refuses connections from here on."""
        self.__exit__()

    def up(self) -> None:
        """Takes mails again."""
        super().__init__(self.directory, port=self._port)
        self.__enter__()


@dataclass(slots=True)
class Drill:
    """What a fault is tried on."""

    running: Running
    mail: MailServer
    prometheus: Prometheus
    unwatched: set[str] = field(default_factory=set)
    version: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    longest_down_s: float = 0.0
    _answered: dict[str, float] = field(default_factory=dict)

    def tick(self) -> set[str]:
        """Starts again what has ended, unless it is left dead on purpose; returns what fires, and keeps it in `seen`."""
        for role, worker in self.running.workers.items():
            if role not in self.unwatched and worker.process.poll() is not None:
                self.start(role)
            if worker.get("/healthz")[0] == 200:
                self._answered[role] = time.monotonic()
            down_s = time.monotonic() - self._answered.get(role, time.monotonic())
            self.longest_down_s = max(self.longest_down_s, down_s)
        now = self.prometheus.firing()
        self.seen |= now
        return now

    def start(self, role: str) -> None:
        """Starts a process in the version that is deployed, on the port it had."""
        worker = self.running.workers[role]
        module = self.version.get(role, GOOD)
        with worker.log.open("ab") as out:
            command = [sys.executable, "-m", module, "worker", role, "--health-port", str(worker.port)]
            worker.process = subprocess.Popen(
                command, env={**os.environ, **self.running.environment}, stdout=out, stderr=out
            )
        self.unwatched.discard(role)

    def deploy(self, role: str, module: str) -> None:
        """Ends a process and starts it in another version."""
        self.version[role] = module
        process = self.running.workers[role].process
        process.terminate()
        process.wait(20)
        self.start(role)

    def until_firing(self, alerts: Sequence[str], within_s: float) -> float:
        """Waits until all of `alerts` fire together; returns after how many seconds. Fails after `within_s`."""
        began = time.monotonic()
        while not set(alerts) <= (now := self.tick()):
            assert time.monotonic() - began < within_s, f"fires: {now}, seen: {self.seen}\n{self.running.logs[-6000:]}"
            time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them
        return time.monotonic() - began

    def until_clear(self, within_s: float) -> float:
        """Waits until nothing fires; returns after how many seconds. Fails after `within_s`."""
        began = time.monotonic()
        while now := self.tick():
            assert time.monotonic() - began < within_s, f"still fires: {now}\n{self.running.logs[-6000:]}"
            time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them
        return time.monotonic() - began

    def fresh(self) -> None:
        """Begins a new fault: what was seen before is forgotten."""
        self.seen.clear()
        self.longest_down_s = 0.0

    @property
    def explained(self) -> set[str]:
        """What fires rightly beside a fault where a process takes long to start: it is down then. Within three seconds of a
        rule's wait either is right.
        """
        waits = {"BrudvagtWorkerDown": 15.0, "BrudvagtWorkerMissing": 30.0}
        return {alert for alert, wait_s in waits.items() if self.longest_down_s > wait_s - 3}


@contextlib.contextmanager
def drill(running: Running, mail: MailServer, directory: Path) -> Iterator[Drill]:
    """Yields a drill in which nothing fires and the heart has beaten."""
    prometheus = Prometheus(directory / "prometheus")
    command = prometheus.configure(running.workers)
    with (directory / "prometheus.log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        made = Drill(running, mail, prometheus)
        deadline = time.monotonic() + START_BUDGET_S
        while prometheus.get("/-/ready") is None or not _beats(prometheus):
            assert process.poll() is None, (directory / "prometheus.log").read_text()
            assert time.monotonic() < deadline, running.logs[-6000:]
            time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them
        made.until_clear(START_BUDGET_S)
        yield made
    finally:
        process.terminate()
        process.wait()


def _beats(prometheus: Prometheus) -> bool:
    text = prometheus.get("/api/v1/query?query=brudvagt_heartbeat_last_success_timestamp_seconds%20%3E%200")
    return text is not None and bool(json.loads(text)["data"]["result"])
