"""A commit that is refused or hangs: nothing of it may have become true for anybody in this process."""

import random

import pytest

from pipeline.engine.budgets import Budgets
from pipeline.engine.errors import CommitFailed
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.transaction import Tx
from tests.engine.bench import SETTINGS, Life, MemoryCluster, until
from tests.engine.memory_kafka import MemoryPort, Process
from tests.engine.staging import position, stage_on

QUICK = Budgets(heartbeat_s=0.1, session_s=0.4, rebalance_s=0.5, commit_s=0.6, transaction_s=0.7, transient_s=0.4,
                farewell_s=0.3)  # fmt: skip


class Follower:
    """Notes what a stage tells of its table."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def opened(self, partition: int, table: object) -> None:
        """The partition is there."""

    def changed(self, partition: int, changes: object) -> None:
        """Notes a change."""
        self.told.append(changes)

    def closed(self, partition: int) -> None:
        """The partition is gone."""


async def counting(cluster: MemoryCluster) -> tuple[Stage, Follower, list[str]]:
    """Returns a stage with one record to write down, who follows its table, and what its notes and effects said."""
    said: list[str] = []

    async def effect() -> None:
        said.append("effect")

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
            tx.note(lambda: said.append("note"))
            tx.after_commit(b"k", effect)

    stage, follower = await stage_on(cluster, handle), Follower()
    stage.follow(follower)
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"1"))
    return stage, follower, said


async def step_of(name: str) -> int:
    """Returns the number of the first step of this name in an undisturbed life."""
    cluster = MemoryCluster()
    stage, follower, said = await counting(cluster)
    process = Process(cluster.kafka, random.Random(1))
    life = Life(stage, MemoryPort(process))
    await until(lambda: position(life, cluster) == 1 and "effect" in said)
    await life.close()
    assert (follower.told[0], said) == ({b"k": b"1"}, ["note", "effect"])
    return process.trace.index(name) + 1


@pytest.mark.parametrize("step", ["begin", "produce m-rows", "acknowledged", "commit", "commit answered"])
@pytest.mark.parametrize("how", ["refused", "hangs"])
async def test_a_failed_commit_changes_nothing_in_memory(step: str, how: str) -> None:
    """Refused, or without an answer for the budget: no row, no follower, no note and no side effect has seen it."""
    at = await step_of(step)
    cluster = MemoryCluster()
    stage, follower, said = await counting(cluster)
    process = Process(cluster.kafka, random.Random(1))
    setattr(process, "fail_at" if how == "refused" else "suspend_at", at)
    settings = SETTINGS if how == "refused" else WorkerSettings(budgets=QUICK)
    life = Life(stage, MemoryPort(process), settings)
    await until(life.task.done)
    error = life.task.exception()
    assert type(error) is CommitFailed
    assert type(error.__cause__).__name__ == ("Refused" if how == "refused" else "TimeoutError")
    assert (stage.snapshot(), follower.told, said) == ({}, [], [])
    await life.kill()
