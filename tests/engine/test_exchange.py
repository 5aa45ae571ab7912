"""Seeded stories in which workers exchange partitions between any two steps; and rules taken out, which they must find."""

import pytest

from pipeline.engine import books, recovery
from pipeline.engine.errors import CommitFailed
from pipeline.engine.port import Port
from pipeline.engine.recovery import Rebuilt
from pipeline.engine.timers import DueOf
from tests.engine.exchange import Story, told

STORIES = 120
ENOUGH = 12
"""Stories for one sabotage: the first few find it, always the same ones."""


def test_workers_that_exchange_partitions_lose_nothing_double_nothing_and_believe_what_is_written() -> None:
    """Each report counts once and is announced once, each timer fires once, each table is its topic replayed, and nobody
    who was fenced writes; the seed of a story that is not so is named. The stories meet what they are about."""
    stories = [told(seed) for seed in range(STORIES)]
    assert {story.seed: wrong for story in stories if (wrong := story.wrong())} == {}
    fenced = [worker for story in stories for worker in story.workers if isinstance(worker.end, CommitFailed)]
    aborted = [
        story for story in stories if any(one.state == "aborted" for log in story.kafka.logs.values() for one in log)
    ]
    assert len(fenced) > STORIES  # zombies that went on, and batches that outlasted their rebalance
    assert len(aborted) > STORIES / 2  # a commit was in flight during a take-over
    assert sum(story.due_meanwhile for story in stories) > STORIES


def test_a_story_is_told_the_same_way_each_time() -> None:
    """The seed alone decides who does what in which order: a failure can be looked at again."""
    first, second = told(11), told(11)
    assert len(first.trace) > 100
    assert first.trace == second.trace


def found(*, fencing: bool = True) -> list[str]:
    """Returns the broken rules of the first stories."""
    stories: list[Story] = [told(seed, fencing=fencing) for seed in range(ENOUGH)]
    return [wrong for story in stories for wrong in story.wrong()]


def test_without_the_fence_the_stories_find_it() -> None:
    """Whoever wakes up writes beside its successor."""
    wrong = found(fencing=False)
    assert any(what.startswith("a fenced owner wrote") or "announced 2 times" in what for what in wrong)


def test_a_table_kept_over_a_lost_partition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker to which a partition comes back trusts the rows that it had: what others counted meanwhile is gone."""
    honest, kept = recovery.rebuild, dict[tuple[Port, int], Rebuilt]()

    async def lazy(port: Port, topic: str, number: int, due_of: DueOf | None, *, packed: bool) -> Rebuilt:
        fresh = await honest(port, topic, number, due_of, packed=packed)
        before = kept.setdefault((port, number), fresh)
        return Rebuilt(before.rows, fresh.reserved, fresh.read, before.armed)

    monkeypatch.setattr(books, "rebuild", lazy)
    wrong = found()
    assert any("counted 0 times" in what for what in wrong)
    assert any("believes something else" in what for what in wrong)


def test_timers_that_are_not_taken_over_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new owner that arms nothing from the rows it reads: the clocks of the old one stand still for ever."""
    honest = recovery.rebuild

    async def forgetful(port: Port, topic: str, number: int, due_of: DueOf | None, *, packed: bool) -> Rebuilt:
        fresh = await honest(port, topic, number, due_of, packed=packed)
        return Rebuilt(fresh.rows, fresh.reserved, fresh.read)

    monkeypatch.setattr(books, "rebuild", forgetful)
    assert any("never came" in what for what in found())
