"""A Prometheus of the drill's own: it looks every second, by the shortened rules, and remembers what it saw."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from pipeline.kafka.ports import free_port
from system_tests.quickened import quickened
from system_tests.rules import FILES

LOOK_S: Final = 1.0
"""Between two scrapes, and between two evaluations of a rule."""

READY_BUDGET_S: Final = 180.0
_POLL_S: Final = 0.25


class Sample(NamedTuple):
    """A value and when Prometheus took it, in unix seconds."""

    at: float
    value: float


class Series(NamedTuple):
    """A series with its raw samples, in the order of time."""

    labels: Mapping[str, str]
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Asks a Prometheus that runs."""

    directory: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str | None:
        """Returns a page, None while nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    def ask(self, selector: str, since: float) -> list[Series]:
        """Returns the raw samples of every series of `selector` since a moment, up to now."""
        now = time.time()
        query = urllib.parse.urlencode({"query": f"{selector}[{int(now - since) + 1}s]", "time": f"{now:.3f}"})
        text = self.get(f"/api/v1/query?{query}")
        found = [] if text is None else json.loads(text)["data"]["result"]
        return [
            Series(one["metric"], [Sample(float(at), float(value)) for at, value in one["values"]]) for one in found
        ]

    def alerts(self, state: str) -> set[str]:
        """Returns the names of the alerts that are in a state now."""
        text = self.get("/api/v1/alerts")
        alerts = [] if text is None else json.loads(text)["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == state}


@contextlib.contextmanager
def prometheus(directory: Path, targets: Mapping[str, int], alertmanager: int) -> Iterator[Prometheus]:
    """Yields a Prometheus that scrapes port by role and tells the Alertmanager on port `alertmanager` what fires."""
    directory.mkdir()
    made = Prometheus(directory)
    for file in FILES:
        (directory / file.name).write_text(quickened(file.read_text()))
    looks = f"{LOOK_S:g}s"
    config = {
        "global": {"scrape_interval": looks, "scrape_timeout": looks, "evaluation_interval": looks},
        "rule_files": [str(directory / file.name) for file in FILES],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": [
            {
                "job_name": "brudvagt",
                "static_configs": [
                    {"targets": [f"127.0.0.1:{port}"], "labels": {"worker": role}} for role, port in targets.items()
                ],
            }
        ],
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    options = [
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{made.port}",
        "--log.level=warn",
    ]
    with server("prometheus", options, directory / "prometheus.log", made.get):
        yield made


@contextlib.contextmanager
def server(name: str, options: Sequence[str], log: Path, get: Callable[[str], str | None]) -> Iterator[None]:
    """Runs one of Prometheus' servers until the block is left; it is ready when the block begins."""
    command = shutil.which(name)
    assert command is not None, "install them (Debian: apt-get install prometheus prometheus-alertmanager)"
    with log.open("wb") as out:
        process = subprocess.Popen([command, *options], stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + READY_BUDGET_S
        while get("/-/ready") is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(_POLL_S)  # between two looks at the condition; the deadline above bounds them
        yield
    finally:
        process.terminate()
        process.wait()
