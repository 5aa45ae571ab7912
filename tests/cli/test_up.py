"""`brudvagt up`: one command that starts everything, keeps it running, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.kafka.ports import free_port, is_free
from pipeline.timebase import Clock
from tests.agents.asking import ask
from tests.agents.events import case, report
from tests.agents.running import MONDAY_MORNING

READY_BUDGET_S = 180.0
STOP_BUDGET_S = 90.0
"""Workers 20 s, then Kafka 20 s: see the budgets of supervision and broker; twice that where all is slow."""


@dataclass(slots=True)
class Up:
    """One `brudvagt up` and its ports."""

    directory: Path
    kafka_port: int
    health_port: int
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """What it has written so far."""
        return (self.directory / "up.log").read_text()

    @property
    def pids(self) -> dict[str, int]:
        """The first process id of each worker, and Kafka's."""
        found = {role: int(pid) for role, pid in re.findall(r"^(\w+): process (\d+)", self.said, re.MULTILINE)}
        kafka = re.search(r'"broker_pid": (\d+)', (self.directory / "kafka" / "instance.json").read_text())
        assert kafka is not None
        return {**found, "kafka": int(kafka[1])}

    def beats(self) -> float:
        """How many beats of the heart came all the way."""
        _, page = ask(self.health_port + 2, "/metrics")
        found = re.search(r'^brudvagt_heartbeats_total{state="acknowledged"} (\S+)', page, re.MULTILINE)
        return float(found[1]) if found is not None else 0.0

    def ready(self, number: int) -> bool:
        """Whether the worker with this number has opened all its partitions."""
        return ask(self.health_port + number, "/readyz")[0] == 200

    def until(self, holds: Callable[[], bool], budget_s: float) -> None:
        """Waits until `holds`; fails with what was written after `budget_s` seconds."""
        deadline = time.monotonic() + budget_s
        while not holds():
            assert time.monotonic() < deadline, self.said[-6000:]
            time.sleep(0.05)  # between two looks at the condition; the deadline above bounds them


def environment(directory: Path, kafka_port: int, health_port: int) -> dict[str, str]:
    """Returns the settings of an installation of its own; nothing of the surroundings names a cluster."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BRUDVAGT_")}
    return {
        **clean,
        "BRUDVAGT_DATA_DIR": str(directory),
        "BRUDVAGT_KAFKA_PORT": str(kafka_port),
        "BRUDVAGT_HEALTH_PORT": str(health_port),
        "BRUDVAGT_WEB_PORT": str(health_port + 5),
        "BRUDVAGT_PARTITIONS": "1",  # quicker
        "BRUDVAGT_DEMO_CLOCK": str(Clock(time.time(), MONDAY_MORNING.timestamp(), 1.0)),  # on a Sunday an `act` waits
        "PYTHONUNBUFFERED": "1",
    }


def eight_ports() -> int:
    """Returns the first of eight free neighbouring ports."""
    return next(first for first in iter(free_port, 0) if all(is_free(first + number) for number in range(1, 8)))


def command(up: Up, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs another command at the same installation."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        input=stdin,
        capture_output=True,
        env=environment(up.directory, up.kafka_port, up.health_port),
        timeout=180,
        check=False,
    )


def complaints(up: Up) -> list[object]:
    """Returns what the doctor finds wrong with the running installation; it looked at something."""
    checks = json.loads(command(up, "doctor", "--live", "--json").stdout)
    assert checks
    return [one for one in checks if not one["ok"]]


def runs(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """A `brudvagt up` that is ready; ended, whatever happens."""
    kafka_port = eight_ports()  # Kafka's two, then those of the five processes, then the page's
    health_port = kafka_port + 2
    with (tmp_path / "up.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "up"],
            env=environment(tmp_path, kafka_port, health_port),
            stdout=out,
            stderr=out,
        )
    made = Up(tmp_path, kafka_port, health_port, process)
    try:
        made.until(lambda: all(made.ready(number) for number in range(5)), READY_BUDGET_S)
        yield made
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_BUDGET_S)


@pytest.mark.timeout(600)
def test_up_takes_reports_restarts_a_killed_worker_refuses_a_second_and_stops_clean(up: Up) -> None:
    """One after the other on one instance: starting it is what costs."""
    before = up.pids
    assert set(before) == {"casework", "alerting", "heartbeat", "auditor", "web", "kafka"}

    told = command(up, "report", "-", stdin=report("told-to-up"))
    assert told.stdout.decode() == f"-: accepted {case('told-to-up')}\n", told.stderr.decode()
    up.until(lambda: any((up.directory / "mail").glob("*.eml")), READY_BUDGET_S)

    up.until(lambda: up.beats() > 0, READY_BUDGET_S)
    up.until(lambda: complaints(up) == [], READY_BUDGET_S)  # the first audit, say, may still be under way

    second = command(up, "up")
    assert second.returncode == 1
    said = second.stderr.decode()
    assert "Traceback" not in said
    assert f"{up.directory / 'kafka'} is in use by process {up.process.pid}" in said
    assert "BRUDVAGT_DATA_DIR" in said
    elsewhere = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "up"],
        env=environment(up.directory / "other", up.kafka_port, up.health_port),
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert elsewhere.returncode == 1
    assert f"Port {up.kafka_port} " in elsewhere.stderr.decode()
    assert "BRUDVAGT_KAFKA_PORT" in elsewhere.stderr.decode()
    assert "Traceback" not in elsewhere.stderr.decode()
    third = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "up"],
        env=environment(up.directory / "third", eight_ports(), up.health_port),
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert third.returncode == 1
    assert f"Port {up.health_port} " in third.stderr.decode()
    assert "BRUDVAGT_HEALTH_PORT" in third.stderr.decode()
    assert up.process.poll() is None

    os.kill(before["casework"], signal.SIGKILL)
    up.until(lambda: "casework started again (1)" in up.said, READY_BUDGET_S)
    up.until(lambda: up.ready(0), READY_BUDGET_S)
    assert "casework ended with status -9" in up.said
    again = command(up, "report", "-", stdin=report("told-again"))
    assert again.stdout.decode() == f"-: accepted {case('told-again')}\n", again.stderr.decode()
    (fresh,) = re.findall(r"casework started again \(1\), process (\d+)", up.said)

    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(STOP_BUDGET_S) == 0
    assert up.said.rstrip().endswith("stopped")
    assert not any(runs(pid) for pid in (*before.values(), int(fresh)))
    assert is_free(up.kafka_port)


def test_a_killed_up_takes_its_workers_and_its_kafka_along(up: Up) -> None:
    """kill -9 leaves no process that holds a port or the data directory."""
    pids = up.pids
    up.process.kill()
    up.process.wait()
    up.until(lambda: not any(runs(pid) for pid in pids.values()), STOP_BUDGET_S)
