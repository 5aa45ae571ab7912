"""kill -9 of each worker again and again while reports flow: nothing lost, nothing doubled."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline.kafka.connection import Connection
from schemas.alert import AlertKind
from schemas.receipt import IngressOutcome
from tests.agents.events import case, report
from tests.agents.installing import installation
from tests.agents.quiet import until_quiet
from tests.agents.running import ROLES, Running
from tests.agents.watch import Watch
from tests.engine.pace import Watcher, idle_s

PORTION = 80  # reports around each kill, and after the last
KILLS_OF_EACH = 3
DURING_TAKE_OVER = 2  # this kill, counted from 0, hits workers that are still taking over from the last
BUDGET_S = 60.0
BURST = 8


@pytest.fixture(scope="module")
def running(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A pipeline for itself: its workers die."""
    with installation(connection, tmp_path_factory.mktemp("crashes"), speed=10) as made:
        yield made


async def test_kills_lose_no_report_and_double_no_alert(running: Running, tmp_path: Path) -> None:
    """Every report in a case, every case with its opening alert, no alert twice, the balance holds; under a minute on a
    machine that does nothing else.
    """
    began = time.time()
    numbers = itertools.count()
    sent: list[str] = []
    with Watcher(tmp_path) as machine:
        async with Watch(running) as watch:
            for kill in range(KILLS_OF_EACH):
                flow = asyncio.create_task(send_reports(running, PORTION, numbers, sent))
                await watch.until(partial(at_least, sent, len(sent) + PORTION // 2))
                for role in ROLES:
                    running.kill(role)
                await flow  # nobody works, and reports come in
                for role in ROLES:
                    running.start(role)
                if kill != DURING_TAKE_OVER - 1:
                    await asyncio.to_thread(running.await_ready)
            await send_reports(running, PORTION, numbers, sent)
            await until_quiet(running)
            await watch.until(lambda: len(watch.receipts) >= len(sent) and set(sent) <= watch.cases.keys())
            await watch.until(lambda: all(watch.raised(reference) for reference in set(sent)))
            took_s = idle_s(machine.looks(), began, time.time())
            await watch.abreast()

    received = [
        (one.topic, one.partition, one.offset) for one in watch.everything if one.topic == running.topics.reports
    ]
    answered = [(one.topic, one.partition, one.offset) for one in watch.receipts]
    assert len(received) == len(sent) == (KILLS_OF_EACH + 1) * PORTION
    assert sorted(received) == sorted(answered)
    assert sum(watch.outcomes()[one] for one in IngressOutcome) == len(received)
    assert {reference for one in watch.receipts for reference in one.references} == set(sent)
    assert set(sent) <= watch.cases.keys()
    doubled = [alert for alert, times in Counter(one.alert_id for one in watch.alerts).items() if times > 1]
    assert doubled == []
    opened = {alert.reference for alert in watch.alerts if alert.kind is AlertKind.CASE and alert.rung == "opening"}
    assert set(sent) - opened == set()
    assert took_s < BUDGET_S


def at_least(sent: list[str], number: int) -> bool:
    """Whether so many reports are sent."""
    return len(sent) >= number


async def send_reports(running: Running, count: int, numbers: Iterator[int], sent: list[str]) -> None:
    """Sends reports burst after burst, each on an incident of its own; `sent` gets the references of what is kept."""
    for _ in range(0, count, BURST):
        incidents = [f"incident-{next(numbers)}" for _ in range(BURST)]
        await running.report(*(report(incident) for incident in incidents))
        sent += [case(incident) for incident in incidents]
