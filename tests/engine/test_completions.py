"""A result that its handler cannot take: found among the others before the process ends, and its key's timer parked."""

from pipeline.engine import Tx
from pipeline.engine.ledger import SUSPECTS_KEY
from pipeline.engine.poison import Suspects
from pipeline.timebase import Clock
from tests.engine.bench import Cluster, Life, until
from tests.engine.staging import due_of, stage_on


async def test_a_poisonous_completion_is_parked_and_the_other_results_are_kept(cluster: Cluster) -> None:
    """Results live in memory: a process that ended for one would lose them all, and end again at each repeat."""
    later = b"%f" % (Clock.real().now() + 3600)
    attempts: list[bytes] = []

    async def attempt(key: bytes) -> bytes:
        attempts.append(key)
        return key

    def handle(tx: Tx) -> None:
        for record in tx.records:
            assert record.key is not None
            tx.table[record.key] = later  # the intention's timer, were the result lost
            tx.after_commit(record.key, lambda key=record.key: attempt(key))  # type: ignore[misc]
        for done in tx.done:
            if done.key == b"bad":
                raise RuntimeError("a result that nobody can read")
            tx.table[done.key] = b""
            tx.send(f"{cluster.prefix}-out", b"sent", key=done.key)

    stage = await stage_on(cluster, handle, due_of)
    keys = [b"a", b"b", b"bad", b"c", b"d"]
    await cluster.put(f"{cluster.prefix}-in", *((key, b"") for key in keys))
    life = Life(stage, cluster.port())
    await until(lambda: life.partition.books.suspects.parked == 1 or life.task.done())
    await until(
        lambda: (
            sorted(k for k, v in stage.snapshot().items() if v == b"") == [b"a", b"b", b"c", b"d"] or life.task.done()
        )
    )
    assert not life.task.done()
    await life.close()
    assert sorted(attempts) == keys
    assert sorted(key or b"" for key, _ in await cluster.read(f"{cluster.prefix}-out")) == [b"a", b"b", b"c", b"d"]
    assert [value for _, value in await cluster.read(f"{cluster.prefix}-dead")] == [b"bad"]
    told = Suspects.decode(dict(await cluster.read(f"{cluster.prefix}-rows"))[SUSPECTS_KEY])
    assert set(told.timers) == {b"bad"}
