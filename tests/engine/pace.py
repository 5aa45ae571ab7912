"""At what pace the machine runs programs: a watcher in a process of its own that wants a core for 3 ms, twenty times a second.

From the moment it wants one to the end of its work on an idle machine is 3 ms; what it takes longer is the machine's doing:
other programs, the host, a disk. It shares nothing with what is measured and waits for nothing else, so no wait of the
engine's ever shows in it. `python -m tests.engine.pace FILE` writes a line for each look: the unix time of its end, how
long it took, and how much of that it computed.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

TURNS: Final = 1_000_000
TURNS_S: Final = 0.055
"""So long a core of the machine on which the targets were set takes for them: CPU time, CPython 3.11."""

REST_S: Final = 0.047
WORK_S: Final = 0.003


@dataclass(frozen=True, slots=True)
class Look:
    """One look: its end (unix seconds), from when it wanted a core to its end, and how much of that it had one; seconds."""

    at: float
    wanted_s: float
    had_s: float


def pace_between(looks: list[Look], begin_s: float, end_s: float) -> float:
    """Returns at what share of its speed the machine ran programs between two unix times; 1 where nobody looked."""
    inside = [one for one in looks if one.at > begin_s and one.at - one.wanted_s < end_s]
    wanted_s = sum(one.wanted_s for one in inside)
    return min(1.0, sum(one.had_s for one in inside) / wanted_s) if wanted_s else 1.0


def slowness() -> float:
    """Returns how many times longer a core of this machine computes than one where the targets were set; 1 at least.

    Only the core itself counts, in CPU time, the best of five: how busy the machine is, `pace_between` says.
    """

    def once() -> float:
        began, number = time.thread_time(), 0
        for turn in range(TURNS):
            number += turn * turn
        return time.thread_time() - began

    return max(1.0, min(once() for _ in range(5)) / TURNS_S)


def idle_s(looks: list[Look], begin_s: float, end_s: float) -> float:
    """Returns how long what lay between two unix times would have taken with no other program beside it, on a core like the
    one on which the targets were set.
    """
    return (end_s - begin_s) * pace_between(looks, begin_s, end_s) / slowness()


class Watcher:
    """The watcher, seen from a test."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "pace.log"
        self._file.touch()
        command = [sys.executable, "-m", "tests.engine.pace", str(self._file)]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def looks(self) -> list[Look]:
        """Returns every look so far."""
        whole = [line for line in self._file.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return [Look(*map(float, line.split())) for line in whole]


def main(path: str) -> None:
    """Looks until it is killed."""
    with Path(path).open("a", buffering=1) as file:
        while True:
            due = time.monotonic() + REST_S
            time.sleep(REST_S)  # what is measured is how late the machine wakes it
            began = time.process_time()
            while (had_s := time.process_time() - began) < WORK_S:
                pass
            file.write(f"{time.time():.6f} {time.monotonic() - due:.6f} {had_s:.6f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
