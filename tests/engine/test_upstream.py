"""After an outage, timers wait also for what lies before an earlier stage. On the real broker: groups live there."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from pipeline.engine import Tx, Upstream
from pipeline.engine.stage import Stage
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.timebase import Clock
from tests.engine.bench import Life, RealCluster, impatient, until
from tests.engine.staging import due_of, position, stage_on


@pytest.fixture
def real(broker: EmbeddedKafka) -> RealCluster:
    """The session's Kafka."""
    return RealCluster(broker.bootstrap)


async def overdue(real: RealCluster) -> tuple[Stage, str]:
    """Returns a stage whose table holds two overdue rows, and the topic before the stage before it."""
    prefix = real.prefix

    def ring(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
        for key in tx.due:
            tx.send(f"{prefix}-out", b"alarm", key=key)
            tx.table[key] = b""

    stage = await stage_on(real, ring, due_of)
    soon = Clock.real().now() + 1.0
    await real.put(f"{prefix}-in", (b"filed", b"%f" % soon), (b"open", b"%f" % soon))
    life = Life(stage, real.port())
    await until(lambda: position(life, real) == 2)
    await life.kill()
    await until(lambda: Clock.real().now() > soon)
    door = f"{prefix}-door"
    await real.create(door)
    await real.put(door, (b"filed", b"a filing that nobody has read yet"))
    stage.upstream = (Upstream(f"{prefix}-before", (door,)),)
    return stage, door


async def reads(real: RealCluster, topic: str, offset: int) -> None:
    """The stage before says that it has read so far, as its membership does."""
    client = AIOKafkaConsumer(bootstrap_servers=real.bootstrap, group_id=f"{real.prefix}-before")
    client.assign([TopicPartition(topic, 0)])
    await client.start()
    try:
        await client.commit({TopicPartition(topic, 0): offset})
    finally:
        await client.stop()


async def test_a_filing_before_an_earlier_stage_is_read_before_anybody_is_alarmed(real: RealCluster) -> None:
    """The stage has read all of its own input; only when the one before has passed the filing on does it ring."""
    stage, door = await overdue(real)
    second = Life(stage, real.port())
    await until(lambda: len(stage.tables) == 1)
    await real.put(f"{real.prefix}-in", (b"other", b""))
    await until(lambda: b"other" in stage.snapshot())
    assert stage.snapshot()[b"open"] != b""  # overdue, and silent
    later = Clock.real().now() + 3600
    await real.put(f"{real.prefix}-in", (b"filed", b"%f" % later))
    await reads(real, door, 1)
    await until(lambda: stage.snapshot().get(b"open") == b"")
    await second.close()
    assert [key for key, _ in await real.read(f"{real.prefix}-out")] == [b"open"]


async def test_a_stage_that_nobody_runs_holds_the_alarms_for_a_while_only(real: RealCluster) -> None:
    """After the budget for overdue timers the alarms go out: too many is better than none."""
    stage, _ = await overdue(real)
    second = Life(stage, real.port(), impatient(overdue_s=1.5))
    await until(lambda: stage.snapshot().get(b"open") == b"")
    look = second.partition._behind
    assert look is not None
    await until(look.done, what="an end of the look at what nobody waits for")
    await second.close()
    assert sorted(key or b"" for key, _ in await real.read(f"{real.prefix}-out")) == [b"filed", b"open"]


async def test_each_look_at_a_stage_before_asks_only_for_what_it_had_not_read(
    real: RealCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times a second, from each partition: 1,194 positions of intake's each time cost a third of a core."""
    asked: list[list[str]] = []
    ask = AIOKafkaAdminClient.list_consumer_group_offsets

    async def asking(admin: AIOKafkaAdminClient, group: str, **more: object) -> object:
        partitions = more.get("partitions")
        asked.append(sorted(part.topic for part in partitions) if isinstance(partitions, list) else ["everything"])
        return await ask(admin, group, **more)

    monkeypatch.setattr(AIOKafkaAdminClient, "list_consumer_group_offsets", asking)
    empty, front, back, mine = (f"{real.prefix}-{name}" for name in ("empty", "front", "back", "in"))
    await real.create(empty, front, back, mine)
    for topic in (front, back, mine):
        await real.put(topic, (b"k", b"x"))
    await reads(real, front, 1)
    before = Upstream(f"{real.prefix}-before", (empty, front, back))
    looking = asyncio.create_task(real.port().ends_behind([before], [mine], 0))
    await until(lambda: asked[-1:] == [[back]], what="a look at the one that is left")
    assert asked[0] == [back, front]
    assert not looking.done()
    await reads(real, back, 1)
    async with asyncio.timeout(20):
        assert await looking == {mine: 1}
