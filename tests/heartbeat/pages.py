"""What a process's metrics page says."""

import time
from collections.abc import Callable, Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.agents.running import POLL_S, Worker

Series = tuple[str, frozenset[tuple[str, str]]]
Page = Mapping[Series, float]


def page(worker: Worker) -> Page:
    """Returns every sample of a process by name and labels."""
    status, text = worker.get("/metrics")
    assert status == 200, worker.log.read_text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Page, name: str, **labels: str) -> float:
    """Returns one sample; KeyError where there is none."""
    return found[name, frozenset(labels.items())]


def until(worker: Worker, holds: Callable[[Page], bool], budget_s: float = 180.0) -> Page:
    """Asks again and again until the page `holds`; fails with the process's log."""
    deadline = time.monotonic() + budget_s
    while not holds(found := page(worker)):
        assert worker.process.poll() is None, worker.log.read_text()[-4000:]
        assert time.monotonic() < deadline, worker.log.read_text()[-4000:]
        time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them
    return found
