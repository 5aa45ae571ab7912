"""`python -m tests.agents.full_page`: what a scrape of a casework worker costs that has seen everything, as JSON.

98 municipalities, 100,000 open cases, a report of every type from every kind of sender in each, every sort of case, and
as many faulty producers as get a series of their own.
"""

import itertools
import json
import random
import time
from datetime import UTC, datetime, timedelta

import click
import orjson
from prometheus_client import REGISTRY

import agents.worker  # noqa: F401 - registers everything that a worker shows
from agents.portfolio import Portfolio
from pipeline import metrics
from pipeline.cases.sort import DEPARTMENTS, KINDS
from pipeline.engine.metrics import ENGINE
from pipeline.exposition import page
from pipeline.timebase import Clock
from schemas.values import Medium, ReporterRole
from tests.engine.pace import slowness
from tests.routing.scene import policy

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
MANY, SCRAPES = 100_000, 10
CODES = [str(101 + number) for number in range(98)]


def crowded() -> Portfolio:
    """The open cases."""
    dice, rows = random.Random(1), dict[bytes, bytes]()
    for number in range(MANY):
        code, at = dice.choice(CODES), (NOW + timedelta(hours=dice.uniform(-24, 72))).isoformat()
        one = {
            "status": "open",
            "municipality": code,
            "outcome": dice.choice(("risk", None)),
            "clocks": [{"deadline_at": at}],
        }
        rows[f"{code}-{number}".encode()] = orjson.dumps(one)
    found = Portfolio(Clock(time.time(), NOW.timestamp(), 1e-9), CODES, lambda _hash: policy())
    found.opened(0, rows)
    assert found.settle(60)
    return found


def everything_seen() -> None:
    """Every series that such a worker can have."""
    metrics.initialise("casework", CODES, ["mail", "sms"])
    for stage in ("intake", "casework"):
        ENGINE.zero(stage=(stage,), handler=(stage,))
    for code, kind, role in itertools.product(CODES, metrics.TYPES, ReporterRole):
        metrics.RECEIVED.labels(code, kind, role).inc()
        metrics.LAST_RECEIVED.labels(code).set(NOW.timestamp())
    for kind, medium, department in itertools.product(KINDS, Medium, DEPARTMENTS):
        metrics.OPENED.labels(kind, medium, department).inc()
    for number in range(metrics.REJECTS_MAX + 100):
        metrics.rejected(f"/forms/{number % metrics.PRODUCERS_MAX}", [("missing_field", f"/data/field-{number}")])


def main() -> None:
    """Prints what the cheapest of some scrapes cost in CPU time of the thread that writes it, and what it showed."""
    everything_seen()
    REGISTRY.register(crowded())
    costs = []
    for _ in range(SCRAPES):
        began = time.thread_time()
        text = page()
        costs.append(time.thread_time() - began)
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    cases = sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("brudvagt_cases_open{"))
    click.echo(json.dumps({"cost_s": min(costs), "slowness": slowness(), "lines": len(lines), "cases": cases}))


if __name__ == "__main__":
    main()
