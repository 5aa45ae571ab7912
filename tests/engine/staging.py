"""Stages for the bench whose agent is one function, and lives restarted as a supervisor would."""

from collections.abc import AsyncIterator, Callable

from pipeline.engine import Poison, Stage, Tx
from tests.engine.bench import Cluster, Life, until


async def stage_on(
    cluster: Cluster, handle: Callable[[Tx], None], due: Callable[[bytes, bytes], float | None] | None = None
) -> Stage:
    """Returns a stage whose agent calls `handle`, with its topics made; a row holds its due time as text."""
    prefix = cluster.prefix
    names = [f"{prefix}-{name}" for name in ("in", "rows", "out", "dead")]
    await cluster.create(*names)

    def give_up(tx: Tx, poison: Poison) -> None:
        what = poison.record.value if poison.record else poison.timer
        tx.send(names[3], what, key=f"after {poison.attempts}".encode())

    stage = Stage(f"{prefix}-stage", inputs=[names[0]], table=names[1], outputs=names[2:], due=due, on_poison=give_up)

    @stage.agent
    async def work(batches: AsyncIterator[Tx]) -> None:
        async for batch in batches:
            async with batch as tx:
                handle(tx)

    return stage


def due_of(key: bytes, value: bytes) -> float | None:
    """Reads a row's due time."""
    return float(value) if value else None


async def lives_until_done(cluster: Cluster, stage: Stage, done: Callable[[Life], bool], most: int = 12) -> list[str]:
    """Restarts the partition as a supervisor would until `done`; returns how each life before ended."""
    ends: list[str] = []
    while len(ends) < most:
        life = Life(stage, cluster.port())
        await until(lambda life=life: life.task.done() or done(life))  # type: ignore[misc]
        if not life.task.done():
            await life.close()
            return ends
        ends.append(type(await life.failure()).__name__)
    raise AssertionError(ends)


def position(life: Life, cluster: Cluster) -> int:
    """Returns the handled input offset."""
    return life.partition.books.positions.get(f"{cluster.prefix}-in", 0)
