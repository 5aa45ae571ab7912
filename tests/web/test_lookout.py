"""The page looks for itself: it says whether it sees the cases, and a reader that is gone for good ends it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY

from pipeline.bystander import Watch
from pipeline.web.caselog import KafkaUnreachable
from pipeline.web.lookout import keep_looking

BUDGET_S = 30.0


@dataclass(slots=True)
class Cases:
    """Cases that can be seen, or not."""

    fault: Exception | None = None
    looks: int = 0

    async def look(self) -> None:
        """Looks."""
        self.looks += 1
        if self.fault is not None:
            raise self.fault


def sees() -> float | None:
    """What Prometheus would read."""
    return REGISTRY.get_sample_value("brudvagt_page_sees_cases")


async def until(holds: Callable[[], bool]) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)  # between two looks at the condition; the deadline above bounds them


async def test_it_is_ready_while_its_looks_are_answered() -> None:
    """An outage of Kafka and its end are both noticed, by the metric and by /readyz alike; it ends when told to."""
    cases, watch = Cases(), Watch()
    looking = asyncio.create_task(keep_looking(cases, watch, every_s=0.01))
    await until(lambda: watch.ready and sees() == 1)
    cases.fault = KafkaUnreachable()
    await until(lambda: not watch.ready and sees() == 0)
    cases.fault = None
    await until(lambda: watch.ready and sees() == 1)
    watch.stop.set()
    await asyncio.wait_for(looking, BUDGET_S)
    assert sees() == 0


async def test_a_reader_that_is_gone_for_good_ends_it() -> None:
    """What is no outage is not looked past: the process is to end with it."""
    cases, watch = Cases(), Watch()
    looking = asyncio.create_task(keep_looking(cases, watch, every_s=0.01))
    await until(lambda: sees() == 1)
    cases.fault = ValueError("a row that is no case")
    with pytest.raises(ValueError, match="no case"):
        await asyncio.wait_for(looking, BUDGET_S)
    assert (watch.ready, sees()) == (False, 0)
