"""What a contender is told at its start, and what it says when it has handled everything."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

MAX_BATCH = 2000
"""Records in one commit of the loops: beyond it their throughput no longer grew."""

LINGER_MS = 5
BATCH_BYTES = 256 * 1024


@dataclass(frozen=True)
class Task:
    """One run. `events` is how many reports to handle before the end; 0 is without end, tuned for latency."""

    bootstrap: str
    prefix: str
    reports: str
    alerts: str
    changelog: str
    events: int
    directory: str

    def encode(self) -> str:
        """Returns it as one command-line argument."""
        return json.dumps(asdict(self))

    @property
    def linger_ms(self) -> int:
        """How long a producer may wait for company."""
        return LINGER_MS if self.events else 0


def told() -> Task:
    """Reads the task from the command line."""
    return Task(**json.loads(sys.argv[1]))


class Meter:
    """Counts handled reports; both watches run from the first one to the last commit.

    Processor time is user and system of the whole process with all its threads.
    """

    def __init__(self, events: int) -> None:
        self._events = events
        self._handled = 0
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        """Starts the watch, at the first report only."""
        if self._began is None:
            self._began = (time.perf_counter(), time.process_time())

    def handled(self, count: int) -> bool:
        """Counts reports whose effects are committed; True once it was all."""
        self._handled += count
        return 0 < self._events <= self._handled

    def say(self) -> None:
        """Prints the figures on a line of its own."""
        assert self._began is not None
        wall_s, cpu_s = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        figures = {"handled": self._handled, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mib": peak_mib()}
        # Faust has put a logger in the place of sys.stdout, and its spinner may have left a line without an end.
        os.write(1, f"\nRESULT {json.dumps(figures)}\n".encode())

    def say_and_leave(self) -> None:
        """The same, and ends the process at once: stopping is not what is measured."""
        self.say()
        os._exit(0)


def peak_mib() -> float:
    """Returns the highest resident memory of this process, MiB.

    Not `ru_maxrss`: a child inherits its parent's through fork and exec.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmHWM in /proc/self/status: this bench needs Linux")
