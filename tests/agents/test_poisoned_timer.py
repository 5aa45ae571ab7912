"""A row with which a stage's own code cannot work when its time comes: parked, told of, and nobody else's clock stops."""

from collections.abc import Callable

import pytest

from agents import casework, delivery, routing
from agents.context import Context
from pipeline.engine import Stage
from pipeline.settings import Settings
from tests.cases.scene import REFERENCE, T0, Desk, report
from tests.engine.bench import Life, MemoryCluster
from tests.engine.staging import lives_until_done
from tests.simulation.runs import context

BAD = b'{"wake_at":1.0,"schema_version":"2026-11-01","next_at":1.0,"case":17,"state":17,"alert":17,"clocks":17}'
ATTEMPTS = 3


def _delivery(shared: Context) -> Stage:
    return delivery.delivery(shared, Settings())


@pytest.mark.parametrize("stage_of", [casework.casework, routing.routing, _delivery])
async def test_a_timer_that_fails_again_and_again_is_parked_and_the_stage_works_on(
    stage_of: Callable[[Context], Stage],
) -> None:
    """The process ends as often as an item is tried, and no more: a supervisor's restarts lead out of it."""
    stage, cluster = stage_of(context()), MemoryCluster()
    await cluster.put(stage.table, (b"657-BAD", BAD))

    def parked(life: Life) -> bool:
        return bool(life.partition.books.suspects.parked)

    ends = await lives_until_done(cluster, stage, parked, most=ATTEMPTS + 2)
    assert ends == ["Poisoned"] * (ATTEMPTS - 1)


async def test_another_case_has_its_rung_meanwhile() -> None:
    """Two cases due in one batch, one of them broken: the other's row has the rungs that came due."""
    stage, cluster = casework.casework(context()), MemoryCluster()
    sound = Desk().take(report(T0)).case
    await cluster.put(stage.table, (b"657-BAD", BAD), (REFERENCE.encode(), sound.encode()))

    def parked_and_told(life: Life) -> bool:
        row = life.partition.books.table.get(REFERENCE.encode(), b"")
        return bool(life.partition.books.suspects.parked) and row.count(b'"rung.reached"') > 1

    await lives_until_done(cluster, stage, parked_and_told)
