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


@dataclass(slots=True)
class Served:
    """Where the page is, what it wrote, and what mints links to it."""

    url: str
    health_port: int
    log: Path
    links: Links
    process: subprocess.Popen[bytes]
    killed: bool = False

    def kill(self) -> None:
        """kill -9; nobody starts it again."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def link(self, reference: str, role: Role, local_id: str) -> str:
        """Returns a link as delivery mints it."""
        claim = Claim(reference=reference, municipality=reference[:3], role=role, local_id=local_id, channel="mail")
        return self.links.mint(claim)


@contextlib.contextmanager
def page(running: Running, **settings: str) -> Iterator[Served]:
    """Yields the page, answering; ends it afterwards and checks that it ended well, unless it was killed on purpose."""
    port, health_port = free_port(), free_port()
    log, url = running.directory / "web.log", own_url(port)
    command = [sys.executable, "-m", "pipeline.cli", "web", "--port", str(port)]
    command += ["--health-port", str(health_port)]
    with log.open("wb") as out:
        environment = {**os.environ, **running.environment, "BRUDVAGT_LOG_LEVEL": "debug", **settings}
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + READY_BUDGET_S
        while not _answers(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)  # between two looks at the condition; the deadline above bounds them
        links = Links(running.directory / "link.keys", running.clock, url, timedelta(days=7))
        served = Served(url, health_port, log, links, process)
        yield served
        if not served.killed:
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
