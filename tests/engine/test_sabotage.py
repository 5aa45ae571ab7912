"""Rules of the engine, each taken out by a patch: a run that is exactly once with them must be seen to fail."""

import copy
import itertools

import pytest

from pipeline.engine import books, commit, recovery
from pipeline.engine.completions import Effects
from pipeline.engine.ledger import LEDGER_KEY
from pipeline.engine.port import Outbox, Port
from pipeline.engine.recovery import Rebuilt
from pipeline.engine.story import Story
from pipeline.engine.surroundings import Surroundings
from pipeline.engine.timers import DueOf
from tests.engine.bench import Cluster, MemoryCluster
from tests.engine.counting import EXACTLY_ONCE, REPORTS, World
from tests.engine.memory_kafka import MemoryOutbox
from tests.engine.test_crashes import crash_run, every_step, process, tried, zombie_run


async def test_without_the_fence_a_zombie_writes_beside_the_new_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partition that opens without claiming its transactional id: reports or alerts are there twice."""

    async def unfenced(self: MemoryOutbox) -> None:
        await self._process.step("fence")

    monkeypatch.setattr(MemoryOutbox, "fence", unfenced)
    wrong = await every_step(zombie_run)
    assert any(len(ids) > REPORTS or len(alerts) > REPORTS for _, (ids, alerts) in wrong)


@pytest.mark.usefixtures("fenced")
async def test_an_id_of_each_process_own_fences_nobody(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fence is called, and keeps nobody out: who is suspended before its commit counts again. On a real Kafka too."""
    honest, fresh = books.Books.__init__, itertools.count()

    def init(self: books.Books, around: Surroundings, number: int, story: Story, effects: Effects) -> None:
        honest(self, around, number, story, effects)
        self._stage = copy.copy(around.stage)
        self._stage.group = f"{around.stage.group}-{next(fresh)}"

    monkeypatch.setattr(books.Books, "__init__", init)
    world = World(cluster)
    stopped, (ids, alerts) = await tried(zombie_run, world, 5)
    assert stopped.trace[4] == "begin"
    assert len(ids) != REPORTS or len(alerts) > REPORTS


async def test_a_table_committed_before_the_sends_loses_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row says that the report is counted, and a crash between the two means that nobody is told."""

    async def split(outbox: Outbox, rows: commit.Grouped) -> None:
        for target, batch in rows.items():
            await commit.write_transaction(outbox, {target: batch})

    monkeypatch.setattr(books, "write_transaction", split)
    wrong = await every_step(crash_run)
    assert any(ids == EXACTLY_ONCE[0] and len(alerts) < REPORTS for _, (ids, alerts) in wrong)


async def test_a_transaction_without_its_position_is_handled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next owner starts at the beginning and counts everything twice."""

    async def forgetful(outbox: Outbox, rows: commit.Grouped) -> None:
        kept = {target: [row for row in batch if row[0] != LEDGER_KEY] for target, batch in rows.items()}
        await commit.write_transaction(outbox, kept)

    monkeypatch.setattr(books, "write_transaction", forgetful)
    wrong = await every_step(crash_run)
    assert any(len(ids) > REPORTS and len(alerts) > REPORTS for _, (ids, alerts) in wrong)


async def there_and_back() -> tuple[str, str]:
    """A partition of one process goes to another and comes back; each owner counts one more report of the same case."""
    world = World(MemoryCluster())
    await world.fill()
    await world.live(process(world, 1))
    for number in (7, 8):
        await world.cluster.put(f"{world.cluster.prefix}-in", (b"case1", b"%d" % number))
        await world.live(process(world, number), number + 1)
    return await world.balance()


async def test_a_table_kept_over_a_lost_partition_writes_over_its_successors_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The third owner trusts the rows that the first one had at its end: what the second counted is gone."""
    assert await there_and_back() == ("012345678", "012345678")
    honest, found = recovery.rebuild, list[Rebuilt]()

    async def lazy(port: Port, topic: str, number: int, due_of: DueOf | None, *, packed: bool) -> Rebuilt:
        fresh = await honest(port, topic, number, due_of, packed=packed)
        found.append(Rebuilt(dict(fresh.rows), fresh.reserved, fresh.read))
        # The second life found what the first one left; the third is the first one's process again.
        return Rebuilt(dict(found[1].rows), fresh.reserved, 0) if len(found) == 3 else fresh

    monkeypatch.setattr(books, "rebuild", lazy)
    ids, alerts = await there_and_back()
    assert (ids, alerts) == ("01234568", "012345678")
