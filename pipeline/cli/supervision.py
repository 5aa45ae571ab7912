"""Keeping worker processes alive: start, watch, restart with back-off, stop in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.kafka.process import TETHER

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 60.0
"""A worker that ran this long was well: its next restart is quick again."""

STOP_BUDGET_S = 20.0
"""Above the worker's own grace of 10 s: a worker is killed only if its own bounded stop failed."""


@dataclass(slots=True)
class Watched:
    """One worker: its command, its process, and how often it had to be restarted."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    pause_s: float = FIRST_PAUSE_S
    restart_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Runs workers as child processes; `tick` is called a few times a second."""

    environment: Mapping[str, str]
    workers: list[Watched] = field(default_factory=list)

    def add(self, name: str, arguments: Sequence[str], log: Path | None = None) -> Watched:
        """Starts `brudvagt ARGUMENTS` and watches it; its lines go to `log`, or to this process's own stderr.

        A worker is tethered: killed with -9 this process takes it along, or it would hold its health port for ever.
        """
        program = [sys.executable, "-m", "pipeline.cli", *arguments]
        tethered = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *program]
        watched = Watched(name, tethered, log)
        self.workers.append(watched)
        self._start(watched)
        return watched

    def tick(self) -> list[str]:
        """Restarts what has ended and whose pause is over; returns what happened, a sentence each."""
        told, now = [], time.monotonic()
        for worker in self.workers:
            status = None if worker.process is None else worker.process.poll()
            if status is not None and worker.restart_at is None:
                steady = now - worker.started_at > STEADY_S
                worker.pause_s = FIRST_PAUSE_S if steady else min(LONGEST_PAUSE_S, worker.pause_s * 2)
                worker.restart_at = now + worker.pause_s
                told.append(f"{worker.name} ended with status {status}; starting it again in {worker.pause_s:g} s")
            elif worker.restart_at is not None and now >= worker.restart_at:
                worker.restarts += 1
                self._start(worker)
                pid = "?" if worker.process is None else worker.process.pid
                told.append(f"{worker.name} started again ({worker.restarts}), process {pid}")
        return told

    def stop(self) -> None:
        """Asks every worker to stop, then kills what has not within the budget."""
        running = [w.process for w in self.workers if w.process is not None and w.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_BUDGET_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, worker: Watched) -> None:
        out = None if worker.log is None else worker.log.open("ab")
        try:
            worker.process = subprocess.Popen(  # noqa: S603 - our own command line
                worker.command, env={**os.environ, **self.environment}, stdout=out, stderr=out, start_new_session=True
            )
        finally:
            if out is not None:
                out.close()
        worker.started_at, worker.restart_at = time.monotonic(), None
