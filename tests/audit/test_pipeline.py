"""The auditor beside the real pipeline: two workers, a mail sink, and senders of every kind."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pipeline.audit.audit import Report, audit
from pipeline.audit.finding import Code
from pipeline.audit.limits import Limits
from pipeline.audit.policies import read_policies
from pipeline.audit.reading import take
from pipeline.kafka.connection import Connection
from tests.agents.events import act, case, report
from tests.agents.installing import installation
from tests.agents.running import Running

POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "policies"
AT_ONCE = Limits(grace=timedelta(0))
BUDGET_S = 150.0


def until(running: Running, holds: Callable[[Report], bool]) -> Report:
    """Audits the installation, with no grace at all, again and again until `holds`; fails with the last findings."""
    deadline = time.monotonic() + BUDGET_S
    while True:
        snapshot = take(running.connection, running.topics, running.clock, read_policies(POLICIES), limits=AT_ONCE)
        found = audit(asyncio.run(snapshot))
        if holds(found):
            return found
        assert time.monotonic() < deadline, f"{found}\n{running.logs[-3000:]}"


def _sound_and_told(found: Report) -> bool:
    """Nothing found, one act in flight, and every alert that was raised has been sent."""
    figures = found.figures
    return not found.findings and figures.in_flight == 1 and set(figures.deliveries) == {"sent"}


def test_a_sound_run_gives_no_finding_and_a_dead_worker_one(connection: Connection, tmp_path: Path) -> None:
    """Reports, a repeat, noise, acts on known and unknown cases: without grace there still comes a moment at which
    nothing is found. What a killed worker leaves undone is missed."""
    with installation(connection, tmp_path, speed=60) as running:
        again = report("one", number="again")
        reports = running.report(report("one"), report("two"), again, again, b"noise {", b"\xff\xfe")
        asyncio.run(reports)
        asyncio.run(running.act(act("acknowledge", case("one")), act("acknowledge", case("nobody-told"))))
        found = until(running, _sound_and_told)
        # accepted: one, two, one again, the acknowledgement; in flight: the act that waits for its report
        assert found.figures.outcomes == {"accepted": 4, "duplicate": 1, "rejected": 2}
        assert (found.figures.received, found.figures.cases, found.figures.awaited) == (8, 4, 1)
        assert found.figures.dead_letters_open == 2
        running.kill("alerting")
        asyncio.run(running.report(report("three")))
        until(running, lambda one: Code.INPUT_WAITS in {finding.code for finding in one.findings})
