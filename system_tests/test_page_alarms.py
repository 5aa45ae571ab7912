"""The page under a real Prometheus with the rules: gone it rings, blind it rings."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.kafka.ports import free_port
from schemas.values import Role
from system_tests.prometheus import Prometheus, prometheus
from system_tests.serving import page
from tests.agents.events import case
from tests.agents.running import Running

pytestmark = pytest.mark.timeout(420)
BUDGET_S = 180.0
MISSING, BLIND, DOWN = "BrudvagtPageMissing", "BrudvagtPageBlind", "BrudvagtWorkerDown"
FAILING = "BrudvagtPageFailing"
LOOKED_IN_VAIN = '{worker="web",kind="look",status="5xx"}'
NOBODY = "BrudvagtWorkerMissing"  # for a role whose work stands still: the page's does not
ABOUT_THE_PAGE = 'ALERTS{worker="web",alertstate="firing"}'


def until(holds: Callable[[], bool]) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.25)  # between two looks at the condition; the deadline above bounds them


def latest(watcher: Prometheus, selector: str, since: float) -> float | None:
    """Returns the newest value of the one series of a selector."""
    found = watcher.ask(selector, since)
    return found[0].samples[-1].value if found else None


def answer(link: str) -> int:
    """Returns the status with which the page answers whoever opens a link."""
    try:
        with urllib.request.urlopen(link, timeout=BUDGET_S) as answered:
            return int(answered.status)
    except urllib.error.HTTPError as error:
        return error.code


def fired(watcher: Prometheus, since: float) -> set[str]:
    """Returns the names of the alarms about the page that fired since a moment."""
    return {one.labels["alertname"] for one in watcher.ask(ABOUT_THE_PAGE, since)}


def test_a_page_that_is_gone_rings(running: Running, tmp_path: Path) -> None:
    """It was seen to see the cases, then killed: the page is missed, and is no worker that is missed."""
    with page(running) as served, prometheus(tmp_path / "watcher", {"web": served.health_port}, free_port()) as watcher:
        began = time.time()
        until(lambda: latest(watcher, 'brudvagt_page_sees_cases{job="brudvagt",worker="web"}', began) == 1)
        until(lambda: (latest(watcher, 'process_start_time_seconds{job="brudvagt",worker="web"}', began) or 0) > 0)
        assert MISSING not in watcher.alerts("firing")
        served.kill()
        until(lambda: {MISSING, DOWN} <= watcher.alerts("firing"))
        assert NOBODY not in fired(watcher, began)


def test_a_page_that_sees_no_case_rings(running: Running, tmp_path: Path) -> None:
    """Nobody listens where its Kafka is said to be: it answers, it is up, and it is blind; who opens links hears of it."""
    nowhere = f"kafka://127.0.0.1:{free_port()}"
    with (
        page(running, BRUDVAGT_KAFKA_URL=nowhere) as served,
        prometheus(tmp_path / "watcher", {"web": served.health_port}, free_port()) as watcher,
    ):
        began = time.time()
        until(lambda: latest(watcher, f"brudvagt_page_answers_total{LOOKED_IN_VAIN}", began) == 0)
        link = served.link(case("page-failing"), Role.DPO, "dpo")
        assert [answer(link), answer(link)] == [503, 503]
        until(lambda: {BLIND, FAILING} <= watcher.alerts("firing"))
        until(lambda: latest(watcher, 'up{job="brudvagt",worker="web"}', began) == 1)
        assert NOBODY not in fired(watcher, began)
