"""`brudvagt doctor --live --prometheus`: what fires at a real Prometheus is told, with its runbook."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from pipeline.cli import live
from pipeline.kafka.doctor import Check
from pipeline.kafka.ports import free_port
from system_tests.prometheus import Prometheus, prometheus
from system_tests.rules import HOUSE

BUDGET_S = 120.0
MISSING = "BrudvagtHeartbeatMissing"


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with the rules and nobody to look at."""
    with prometheus(tmp_path_factory.mktemp("lonely") / "prometheus", {"casework": free_port()}, free_port()) as made:
        yield made


def told(where: Prometheus, name: str) -> dict[str, Check]:
    """Returns what is told once a check of that name is among it."""
    deadline = time.monotonic() + BUDGET_S
    while name not in (found := {one.name: one for one in asyncio.run(live.firing(where.url))}):
        assert time.monotonic() < deadline, found
        time.sleep(0.5)  # between two looks at the condition; the deadline above bounds them
    return found


def test_what_fires_is_told_with_its_runbook(lonely: Prometheus) -> None:
    """No heart beats there: the loudest alarm, with its Danish summary; the switch is as it should be and no fault."""
    found = told(lonely, MISSING)
    assert not found[MISSING].ok
    assert found[MISSING].detail.startswith("Hjerteslaget er væk")
    assert (HOUSE / str(found[MISSING].remedy).removeprefix("See ").removesuffix(".")).name == "heartbeat-missing.md"
    assert found["dead man's switch"].ok
    assert "BrudvagtDeadMansSwitch" not in found


def test_a_prometheus_that_does_not_answer_tells_nothing() -> None:
    """That it does not answer is told by the check of its rules."""
    assert asyncio.run(live.firing("http://127.0.0.1:9")) == []
