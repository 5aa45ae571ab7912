"""Toy workers as real processes, to be killed, suspended and stopped."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.engine.bench import until
from tests.engine.toy import ToyConfig


class ToyWorker:
    """One worker process; its log lines are read from a file."""

    def __init__(self, config: ToyConfig, directory: Path, program: str = "tests.engine.toy") -> None:
        self._log = directory / f"{config.name}-{secrets.token_hex(4)}.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", program, config.encode()],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def text(self) -> str:
        """Returns everything it has written."""
        return self._log.read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Returns its log lines of one event."""
        lines = (json.loads(line) for line in self.text().splitlines() if line.startswith("{") and line.endswith("}"))
        return [line for line in lines if line["event"] == name]

    async def opened(self, count: int, timeout_s: float = 120) -> None:
        """Waits until it has opened `count` partitions, counted over its life."""
        try:
            await until(lambda: len(self.events("partition open")) >= count or self.status is not None, timeout_s)
        except TimeoutError:
            raise AssertionError(self.text()) from None

    @property
    def status(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def signal(self, what: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(what)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    async def ended(self, timeout_s: float = 90) -> int:
        """Waits for its end; returns the exit status."""
        await until(lambda: self.status is not None, timeout_s, "the end of the worker")
        return self._process.returncode

    async def stop(self) -> int:
        """TERM, and its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()
