"""What a process does with its partitions between assignments, on Kafka in memory and on a real one: the same tests."""

import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from pipeline.engine import Budgets, Record
from pipeline.engine.surroundings import State
from tests.engine.bench import Cluster, until
from tests.engine.memory_kafka import MemoryInbox, MemoryOutbox
from tests.engine.owner import Owner, owner_of

IMPATIENT = Budgets(heartbeat_s=0.1, session_s=0.4, rebalance_s=0.5, commit_s=0.6, transaction_s=0.7, transient_s=0.4,
                    farewell_s=0.3, close_s=0.1, closing_s=2.1)  # fmt: skip


async def handled(owner: Owner, count: int) -> None:
    """Waits until so many records are handled and saved."""
    topic = f"{owner.cluster.prefix}-in"
    await until(lambda: owner.ownership.partitions[0].positions_for_copy().get(topic, 0) >= count)


async def test_a_partition_that_returns_at_once_waits_for_its_own_close(cluster: Cluster) -> None:
    """Lost and given back while a batch is under way: the batch ends first, nobody fences anybody, nothing doubles."""
    async with owner_of(cluster=cluster) as owner:
        await cluster.put(f"{cluster.prefix}-in", (b"k", b"once"))
        owner.ownership.assign({0})
        await owner.busy()
        owner.ownership.assign(set())
        owner.ownership.assign({0})
        await asyncio.sleep(0)
        assert owner.fences == 1
        owner.gate.set()
        await owner.working()
        assert owner.fences == 2
        await handled(owner, 1)
        assert owner.ends == []
        assert await owner.sent() == [b"once"]


async def test_a_kept_partition_goes_on_without_being_opened_again(cluster: Cluster) -> None:
    """Held in a rebalance and given back: same object, one fence, and it handles what came meanwhile."""
    async with owner_of(cluster=cluster) as owner:
        owner.gate.set()
        owner.ownership.assign({0})
        await owner.working()
        await owner.ownership.hold(10.0)
        await cluster.put(f"{cluster.prefix}-in", (b"k", b"meanwhile"))
        assert owner.ownership.partitions[0].state is State.HELD
        owner.ownership.assign({0})
        await handled(owner, 1)
        assert await owner.sent() == [b"meanwhile"]
        assert owner.fences == 1
        assert owner.process.trace.count("open inbox") == 1


async def test_a_batch_that_waited_for_the_rebalance_is_not_told_to_the_group_before_it_is_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the moment in which the partition is given back nothing holds it any more, and nothing has handled the batch: a
    stage behind would take its record for read, and let go of timers that the record makes needless."""
    honest, arrives = MemoryInbox.fetch, asyncio.Event()

    async def fetch(self: MemoryInbox, max_records: int, timeout_s: float) -> list[Record]:
        await arrives.wait()
        return await honest(self, max_records, timeout_s)

    monkeypatch.setattr(MemoryInbox, "fetch", fetch)
    async with owner_of() as owner:
        owner.gate.set()
        owner.ownership.assign({0})
        await owner.working()
        partition, taken = owner.ownership.partitions[0], 0
        while not taken:  # a second time only where the machine stood still for one between these lines
            await owner.ownership.hold(10.0)
            await owner.cluster.put("m-in", (b"k", b"meanwhile"))
            arrives.set()
            await until(lambda: bool(partition._turn._waiters))
            arrives.clear()
            assert partition._feed is not None
            taken = partition._feed.reach()["m-in"].position
            owner.ownership.assign({0})
            told = partition.positions_for_copy()
        assert told.get("m-in", 0) == 0
        arrives.set()
        await handled(owner, taken)
        assert await owner.sent() == [b"meanwhile"] * taken


async def test_a_batch_that_outlasts_the_rebalance_is_told_of_and_ends(cluster: Cluster) -> None:
    """The group does not wait for ever: the partition goes to another owner, whose fence decides; ours closes after it."""
    async with owner_of(cluster=cluster) as owner:
        await cluster.put(f"{cluster.prefix}-in", (b"k", b"slow"))
        owner.ownership.assign({0})
        await owner.busy()
        with capture_logs() as logged:
            await owner.ownership.hold(0.05)
        assert "a batch outlasts the rebalance" in [line["event"] for line in logged]
        owner.ownership.assign({0})  # kept after all
        owner.gate.set()
        await handled(owner, 1)
        await cluster.put(f"{cluster.prefix}-in", (b"k", b"next"))
        await handled(owner, 2)  # the hold that was given up has not come after all
        assert (await owner.sent(), owner.fences, owner.ends) == ([b"slow", b"next"], 1, [])


async def test_nothing_is_opened_during_the_stop(cluster: Cluster) -> None:
    """A rebalance that comes while the worker closes must not open again what was just closed."""
    async with owner_of(cluster=cluster) as owner:
        owner.gate.set()
        owner.ownership.assign({0})
        await owner.working()
        await owner.ownership.close(0)
        owner.ownership.assign({0})
        assert owner.ownership.partitions == {}
        assert owner.fences == 1


async def test_a_close_that_never_ends_is_the_end_of_the_process_that_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lost and given back while a client hangs in its close: in words, or the partition's clocks would stop in silence."""

    async def hang(outbox: MemoryOutbox) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await released.wait()
                return

    released = asyncio.Event()
    monkeypatch.setattr(MemoryOutbox, "close", hang)
    async with owner_of(IMPATIENT) as owner:
        owner.ownership.assign({0})
        await owner.working()
        owner.ownership.assign(set())
        owner.ownership.assign({0})
        await until(lambda: bool(owner.ends))
        assert "partition 0 was lost and came back, and is not closed after 2.1 s" in owner.ends[0]
        assert owner.fences == 1
        released.set()
