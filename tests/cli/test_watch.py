"""`brudvagt watch`: what is open, then what moves, until it is stopped."""

import asyncio
import os
import re
import signal
import sys

import pytest

from pipeline.cli.watch import _until_interrupted
from tests.agents.events import case, report
from tests.agents.running import Running
from tests.cli.terminal import Terminal

BUDGET_S = 60.0


async def _until(process: asyncio.subprocess.Process, wanted: str) -> str:
    """Returns the first line that holds `wanted`; fails if none comes."""
    assert process.stdout is not None
    async with asyncio.timeout(BUDGET_S):
        while line := (await process.stdout.readline()).decode():
            if wanted in line:
                return line
    raise AssertionError(f"the command ended before it said {wanted}")


async def test_what_is_there_comes_first_and_then_what_moves(running: Running, terminal: Terminal) -> None:
    """A pipe gets lines: the table as it stands, then each receipt and each alert; Ctrl-C ends it well."""
    old, new = case("watch-old", "167"), case("watch-new", "167")
    sent = await asyncio.to_thread(
        terminal, "report", "-", stdin=report("watch-old", municipality="167", source="/forms/167/citizen")
    )
    assert sent.status == 0
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pipeline.cli", "watch", "-m", "167",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, **running.environment, "COLUMNS": "200"},
    )  # fmt: skip
    try:
        row = await _until(process, old)
        assert re.search(r"7[0-2] t \d+ min", row)
        await running.report(report("watch-new", municipality="167", source="/forms/167/citizen"))
        await _until(process, f"receipt: accepted {new}")
        assert "alert [" in await _until(process, f"] {new} acknowledge/")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(BUDGET_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_an_interrupt_is_seen_even_by_a_task_that_swallows_its_cancellation() -> None:
    """The task is cancelled, so that it waits for nothing more; and what it asks in each turn says so from then on."""

    async def watching() -> bool:
        interrupted = _until_interrupted()
        assert not interrupted.is_set()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(BUDGET_S)
        return interrupted.is_set()

    assert asyncio.run(watching())
