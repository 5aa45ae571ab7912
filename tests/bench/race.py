"""One contender, one run: start it as a process, wait for its figures, let the judge look at what it left in Kafka."""

import asyncio
import contextlib
import json
import os
import shutil
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.bench.contenders.start import Task
from tests.bench.environments import ROOT, python_of
from tests.bench.field import Contender
from tests.bench.readback import judge
from tests.bench.track import Track

RUN_BUDGET_S = 120.0
LAST_WORDS = 1500


@dataclass(frozen=True)
class Run:
    """One run's figures; `faults` is empty when every report was handled once and every alert is there once."""

    contender: str
    events: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    faults: tuple[str, ...]

    @property
    def events_per_s(self) -> float:
        """Reports handled in a second."""
        return self.events / self.wall_s if self.wall_s else 0.0

    @property
    def cpu_s_per_100k(self) -> float:
        """User and system seconds for 100,000 reports."""
        return self.cpu_s / self.events * 100_000


@contextlib.asynccontextmanager
async def process(contender: Contender, task: Task) -> AsyncIterator[Process]:
    """Starts a contender as a process; it is dead when the block ends."""
    python = await asyncio.to_thread(python_of, contender.environment)
    module = f"tests.bench.contenders.{contender.module}"
    command = [python, "-m", module, task.encode()]
    await asyncio.to_thread(os.makedirs, task.directory)
    started = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.communicate()
        await asyncio.to_thread(shutil.rmtree, task.directory, ignore_errors=True)


async def run(contender: Contender, track: Track, budget_s: float = RUN_BUDGET_S) -> Run:
    """Runs a contender over the track once; one that does not finish within `budget_s` is marked, not waited for."""
    task = await track.task(contender, track.events)
    async with process(contender, task) as started:
        said = bytearray()
        try:
            async with asyncio.timeout(budget_s):
                figures = await _figures(started, said)
        except TimeoutError:
            return Run(contender.name, track.events, 0, 0, 0, (f"not finished after {budget_s:g} s",))
    if figures is None:
        end = bytes(said).decode(errors="replace")[-LAST_WORDS:]
        return Run(contender.name, track.events, 0, 0, 0, (f"ended without a result: {end}",))
    faults = await judge(contender, task)
    return Run(
        contender.name, track.events, figures["wall_s"], figures["cpu_s"], figures["peak_mib"], tuple(faults)
    )  # fmt: skip


async def _figures(started: Process, said: bytearray) -> dict[str, float] | None:
    assert started.stdout is not None
    async for line in started.stdout:
        if line.startswith(b"RESULT "):
            figures: dict[str, float] = json.loads(line.removeprefix(b"RESULT "))
            return figures
        said += line
    return None
