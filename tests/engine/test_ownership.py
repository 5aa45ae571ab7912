"""What a process does with its partitions between assignments, on Kafka in memory and on a real one: the same tests."""

import asyncio

from structlog.testing import capture_logs

from pipeline.engine.surroundings import State
from tests.engine.bench import Cluster, until
from tests.engine.owner import Owner, owner_of


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
