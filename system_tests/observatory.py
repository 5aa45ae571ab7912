"""The demonstration with a real Prometheus beside it: what it saw is there to be asked until the block is left."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from pipeline.dashboards.prometheus import Window
from pipeline.kafka.ports import free_port

HOUSE = Path(__file__).resolve().parents[1]
STORY_BUDGET_S = 900.0  # 100 s of story; 365 s were seen on a machine with twenty others at work
READY_BUDGET_S = 180.0
FIRST_SEEN = "min(min_over_time(timestamp(up == 1)[15m:1s]))"
LAST_SEEN = "min(max_over_time(timestamp(up == 1)[15m:1s]))"
"""When the first worker to stop was last there: from then on one is missing."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Where Prometheus answers, and from when to when it saw the workers."""

    url: str
    window: Window


def prometheus_command() -> str:
    """Returns Prometheus' command. Fails where there is none: these tests are for machines that have it."""
    found = shutil.which("prometheus")
    assert found is not None, "install Prometheus (Debian: apt-get install prometheus)"
    return found


@contextlib.contextmanager
def prometheus(directory: Path, targets: Path) -> Iterator[str]:
    """Yields the address of a Prometheus that scrapes what `targets` names, once a second; ends it afterwards."""
    config, port = directory / "prometheus.yml", free_port()
    job = {"job_name": "brudvagt", "file_sd_configs": [{"files": [str(targets)], "refresh_interval": "1s"}]}
    config.write_text(yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}))
    with (directory / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                prometheus_command(),
                f"--config.file={config}",
                f"--storage.tsdb.path={directory / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(120)


@contextlib.contextmanager
def observed_demo(directory: Path) -> Iterator[Observed]:
    """Tells the whole story of the demonstration under Prometheus' eyes. Fails if the story did not hold."""
    targets = directory / "out" / "demo" / "targets.json"
    with prometheus(directory, targets) as url:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BRUDVAGT_")}
        with (directory / "demo.log").open("wb") as log:
            done = subprocess.run(
                [sys.executable, "-m", "pipeline.demo"],
                cwd=directory,
                env={**environment, "PYTHONPATH": str(HOUSE)},
                stdout=log,
                stderr=log,
                timeout=STORY_BUDGET_S,
                check=False,
            )
        assert done.returncode == 0, (directory / "demo.log").read_text()[-4000:]
        yield Observed(url, Window(_value(url, FIRST_SEEN), _value(url, LAST_SEEN)))


def _value(url: str, query: str) -> float:
    answer = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=30).json()
    return float(answer["data"]["result"][0]["value"][1])


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_BUDGET_S
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/-/ready", timeout=30).status_code == 200:
                return
        assert process.poll() is None, "Prometheus ended before it was ready"
        assert time.monotonic() < deadline, "Prometheus was not ready in time"
        time.sleep(0.1)  # between two looks at the condition; the deadline above bounds them
