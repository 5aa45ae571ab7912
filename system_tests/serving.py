"""The page as a process of its own, beside a pipeline in motion."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipeline.kafka.ports import free_port
from pipeline.web.links import Claim, Links, own_url
from schemas.values import Role
from tests.agents.running import Running

READY_BUDGET_S = 180.0
STOP_BUDGET_S = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where the page is, what it wrote, and what mints links to it."""

    url: str
    log: Path
    links: Links

    def link(self, reference: str, role: Role, local_id: str) -> str:
        """Returns a link as delivery mints it."""
        claim = Claim(reference=reference, municipality=reference[:3], role=role, local_id=local_id, channel="mail")
        return self.links.mint(claim)


@contextlib.contextmanager
def page(running: Running) -> Iterator[Served]:
    """Yields the page, answering; ends it afterwards and checks that it ended well."""
    port = free_port()
    log, url = running.directory / "web.log", own_url(port)
    command = [sys.executable, "-m", "pipeline.cli", "web", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, **running.environment, "BRUDVAGT_LOG_LEVEL": "debug"}, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + READY_BUDGET_S
        while not _answers(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)  # between two looks at the condition; the deadline above bounds them
        yield Served(url, log, Links(running.directory / "link.keys", running.clock, url, timedelta(days=7)))
        process.terminate()
        assert process.wait(STOP_BUDGET_S) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
