"""What a partition shows of its inputs, on Kafka in memory and on a real one: each figure against records counted by hand."""

from collections.abc import Mapping

from prometheus_client import REGISTRY

from pipeline.engine import metrics
from pipeline.engine.completions import Effects
from pipeline.engine.feed import Feed
from pipeline.engine.gauges import show
from pipeline.engine.poison import Suspects
from pipeline.engine.port import Reach
from pipeline.engine.record import Record, Row
from pipeline.engine.timers import Timers
from tests.engine.bench import Cluster, Life, until
from tests.engine.staging import position, stage_on


async def test_an_open_transaction_shows_as_records_behind_the_stable_end_and_not_as_lag(cluster: Cluster) -> None:
    """One handled, one of a transaction that nobody ends, one behind it: the stage is not late, its input is held back."""
    stage = await stage_on(cluster, lambda tx: None)
    topic = f"{cluster.prefix}-in"
    await cluster.put(topic, (b"k", b"handled"))
    life = Life(stage, cluster.port())
    await until(lambda: position(life, cluster) == 1)
    dead = cluster.port().outbox("dead")
    await dead.fence()
    await dead.begin()
    for acknowledgement in await dead.produce(topic, 0, [Row(b"k", b"open")]):
        await acknowledgement
    await cluster.put(topic, (b"k", b"behind"))

    def shown(name: str) -> float | None:
        life.partition.observe()
        return REGISTRY.get_sample_value(f"brudvagt_stage_{name}", {"stage": stage.name, "partition": "0"})

    await until(lambda: shown("stable_offset_lag_records") == 2)
    assert (shown("lag_records"), shown("handled_offsets")) == (0, 1)
    again = cluster.port().outbox("dead")
    await again.fence()
    await until(lambda: shown("stable_offset_lag_records") == 0 and position(life, cluster) > 2)
    await until(lambda: shown("lag_records") == 0)
    await life.close()
    assert REGISTRY.get_sample_value("brudvagt_stage_lag_records", {"stage": stage.name, "partition": "0"}) is None
    for client in (dead, again):
        await client.close()


async def test_lag_ends_where_the_stable_end_is() -> None:
    """Read to 1 of 3 committed ones, and 7 written: 2 are late, 4 are held back."""

    class Behind:
        """A reader that has not got far."""

        ends: Mapping[str, int] = {"in": 3}

        async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
            """Nothing yet."""
            return []

        def reach(self) -> Mapping[str, Reach]:
            """By hand."""
            return {"in": Reach(position=1, stable=3, end=7)}

        async def close(self) -> None:
            """Nothing to close."""

    effects = Effects(limit=1, timeout_s=1.0, on_done=lambda: None)
    show("behind", 5, Feed(Behind(), {"in": 1}, 10), Timers(None), Suspects(), effects)
    found = {
        name: REGISTRY.get_sample_value(f"brudvagt_stage_{name}", {"stage": "behind", "partition": "5"})
        for name in ("lag_records", "stable_offset_lag_records", "handled_offsets")
    }
    metrics.forget("behind", 5)
    assert found == {"lag_records": 2, "stable_offset_lag_records": 4, "handled_offsets": 1}
