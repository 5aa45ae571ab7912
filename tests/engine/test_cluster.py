"""Three brokers that lose their disks, one after the other, under load: what replicas are for."""

import contextlib
from pathlib import Path

import pytest

from tests.engine import kafka_tools
from tests.engine.account import Account
from tests.engine.cluster import NODES, Cluster
from tests.engine.keeper import Keeper
from tests.engine.scene import Scene
from tests.engine.torment import Load

BUDGET_S = 120.0  # for a new leader and a batch; seconds on an idle machine


@pytest.mark.timeout(900)
async def test_when_every_disk_has_been_lost_once_every_report_still_counts_once(tmp_path: Path) -> None:
    """Each broker in turn is killed, its disk erased; the other two go on, and it comes back empty.

    At the end no disk is left that was there when the first report came, and a new worker reads its rows from them.
    """
    async with Cluster(tmp_path) as cluster:
        scene = Scene(cluster.bootstrap, tmp_path)
        await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix, replication=NODES)
        with contextlib.ExitStack() as ends:
            keeper = Keeper(lambda: scene.start(max_batch=20, delay_s=0.0005, scatter=True))
            ends.callback(keeper.stop)
            async with Load(scene) as load:
                for number in range(NODES):
                    await scene.acknowledged_at_least(load.sent + 1, BUDGET_S)
                    await cluster.in_sync([f"{scene.prefix}-{name}" for name in ("reports", "cases", "alerts", "dead")])
                    await cluster.lose(number)
                    await scene.acknowledged_at_least(load.sent + 1, BUDGET_S)
                    await cluster.replace(number)
                before = keeper.worker
                before.kill()
                await scene.acknowledged_at_least(load.sent + 1, BUDGET_S)
                assert keeper.worker is not before
            await scene.acknowledged_at_least(load.sent, BUDGET_S)
            assert set(keeper.exits) <= {70, -9}
        assert await scene.account() == Account(
            load.sent, unread=0, lost=0, counted_twice=0, alerts_missing=0, alerts_doubled=0
        )
