"""`python -m tests.bench.clocks.handler`: what a rung costs casework itself, in microseconds of a processor.

Without Kafka, over the records of the million clocks. Processor time, the median of several turns: what else runs on the
machine costs it cache and clock, not waiting.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pipeline.cases.casework import work
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.climb import Foreseen, climb, foresee, reach
from schemas.case import CaseRecord
from tests.bench.clocks.templates import ROOT, templates

TURNS, SMALL_DELAY = 7, timedelta(milliseconds=50)


class Due(NamedTuple):
    """A row whose rung is due, and what was looked up of it before."""

    row: bytes
    due_at: datetime
    seen: Foreseen


def due_rows(catalogue: Catalogue) -> list[Due]:
    """Returns the catalogue's rows after three rungs; each must be one that the quick way takes."""
    found = []
    for record in templates(catalogue):
        assert record.wake_at is not None
        row, due_at = record.encode(), datetime.fromtimestamp(record.wake_at, UTC)
        seen = foresee(row, due_at, catalogue)
        assert seen is not None, record.reference
        found.append(Due(row, due_at, seen))
    return found


def cost_us(rows: list[Due], does: Callable[[Due], object], times: int) -> float:
    """Returns what `does` costs for one row, the median of several turns. Raises where it comes to nothing."""
    assert all(does(one) is not None for one in rows)
    turns = []
    for _ in range(TURNS):
        began = time.process_time()
        for _ in range(times):
            for one in rows:
                does(one)
        turns.append((time.process_time() - began) / times / len(rows) * 1e6)
    return statistics.median(turns)


def main() -> None:
    """Prints a line for each way."""
    catalogue = Catalogue.load(ROOT / "deploy")
    rows = due_rows(catalogue)

    def the_long_way(one: Due) -> bytes:
        after = work(CaseRecord.model_validate_json(one.row), [], one.due_at, catalogue).record
        assert after is not None
        return after.encode()

    ways: dict[str, tuple[Callable[[Due], object], int]] = {
        "reached, looked up before": (lambda one: reach(one.row, one.seen, one.due_at + SMALL_DELAY), 100),
        "looking it up": (lambda one: foresee(one.row, one.due_at, catalogue), 50),
        "both at once, when due": (lambda one: climb(one.row, one.due_at, catalogue), 50),
        "the long way": (the_long_way, 5),
    }
    sys.stdout.write(f"{len(rows)} records, load {os.getloadavg()[0]:.1f}\n")
    for name, (does, times) in ways.items():
        sys.stdout.write(f"{name:<28}{cost_us(rows, does, times):8.1f} µs\n")


if __name__ == "__main__":
    main()
