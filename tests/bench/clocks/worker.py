"""The worker under test: `brudvagt worker casework` as a process of its own, looked at from outside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from pipeline.kafka.connection import Connection
from pipeline.kafka.ports import free_port
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from tests.agents.asking import ask

READY_BUDGET_S, STOP_BUDGET_S, POLL_S = 600.0, 60.0, 0.05
PAGE_BUDGET_S = 120.0  # a page may wait behind a million timers
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Worker:
    """One casework worker: `with Worker(...) as worker`. Its clock shows `shown` at the moment of the start."""

    def __init__(self, connection: Connection, topics: Topics, directory: Path, shown: float) -> None:
        self.port, self._log = free_port(), directory / "casework.log"
        self.started_at = time.time()
        self.clock = Clock(self.started_at, shown, 1.0)
        environment = {
            "BRUDVAGT_KAFKA_URL": f"kafka://{connection.servers[0]}",
            "BRUDVAGT_TOPIC_PREFIX": topics.prefix,
            "BRUDVAGT_PARTITIONS": str(topics.partitions),
            "BRUDVAGT_REPLICATION": str(topics.replication),
            "BRUDVAGT_DATA_DIR": str(directory),
            "BRUDVAGT_DEMO_CLOCK": str(self.clock),
            "BRUDVAGT_LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "pipeline.cli", "worker", "casework", "--health-port", str(self.port)]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_BUDGET_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def await_ready(self) -> float:
        """Waits until every partition is open; returns seconds since the start of the process."""
        deadline = time.monotonic() + READY_BUDGET_S
        while ask(self.port, "/readyz", PAGE_BUDGET_S)[0] != 200:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text()[-4000:])
            time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them
        return time.time() - self.started_at

    def metric(self, name: str, labels: str) -> float:
        """Returns the sum of one metric's series whose labels contain `labels`."""
        lines = [line for line in self.scrape().splitlines() if line.startswith(name + "{") and labels in line]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def scrape(self) -> str:
        """Returns the page of metrics."""
        return ask(self.port, "/metrics", PAGE_BUDGET_S)[1]

    def resident_bytes(self, *, peak: bool = False) -> int:
        """Returns the memory that the process holds now, or held at most."""
        name = "VmHWM:" if peak else "VmRSS:"
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

    def cpu_s(self) -> float:
        """Returns the processor time used so far, seconds."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
