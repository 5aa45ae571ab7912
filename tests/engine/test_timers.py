"""How timers behave, on Kafka in memory and on a real one: the same tests."""

from dataclasses import replace

import pytest

from pipeline.engine import Tx
from pipeline.engine.ledger import SUSPECTS_KEY
from pipeline.engine.poison import Suspects
from pipeline.timebase import Clock
from tests.engine.bench import SETTINGS, Cluster, Life, until
from tests.engine.staging import due_of, lives_until_done, position, stage_on


async def test_a_poisonous_timer_is_parked_and_the_others_fire(cluster: Cluster) -> None:
    """One timer whose handling fails parks itself; its neighbours' clocks do not stop, and it is not forgotten."""

    def handle(tx: Tx) -> None:
        for record in tx.records:
            assert record.key is not None
            tx.table[record.key] = record.value or b""
        for key in tx.due:
            if key == b"bad":
                raise RuntimeError("bad timer")
            tx.table[key] = b""
            tx.send(f"{cluster.prefix}-out", key, key=key)

    stage = await stage_on(cluster, handle, due_of)
    await cluster.put(f"{cluster.prefix}-in", *((key, b"1") for key in (b"a", b"bad", b"c")))
    ends = await lives_until_done(
        cluster, stage, lambda life: life.partition.books.suspects.parked == 1 and stage.snapshot().get(b"c") == b""
    )
    assert ends == ["Poisoned"] * 2
    assert sorted(key or b"" for key, _ in await cluster.read(f"{cluster.prefix}-out")) == [b"a", b"c"]
    assert await cluster.read(f"{cluster.prefix}-dead") == [(b"after 3", b"bad")]
    told = Suspects.decode(dict(await cluster.read(f"{cluster.prefix}-rows"))[SUSPECTS_KEY])
    parked_until = told.timers[b"bad"].until
    assert parked_until == pytest.approx(Clock.real().now() + 300, abs=60)
    life = Life(stage, cluster.port())
    await cluster.put(f"{cluster.prefix}-in", (b"later", b""))
    await until(lambda: position(life, cluster) == 4)  # it works, and the parked timer is not due for it
    assert life.partition.books.timers.due_at(b"bad") == pytest.approx(parked_until, abs=0.01)
    await life.close()
    assert await cluster.read(f"{cluster.prefix}-dead") == [(b"after 3", b"bad")]


async def test_overdue_timers_wait_for_the_inputs_after_a_take_over(cluster: Cluster) -> None:
    """A record that was waiting moves the overdue timer away: nobody is alarmed about what is done already."""

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
        for key in tx.due:
            tx.send(f"{cluster.prefix}-out", b"alarm", key=key)
            tx.table[key] = b""

    stage = await stage_on(cluster, handle, due_of)
    soon = Clock.real().now() + 1.0
    await cluster.put(f"{cluster.prefix}-in", (b"a", b"%f" % soon), (b"b", b"%f" % soon))
    life = Life(stage, cluster.port())
    await until(lambda: position(life, cluster) == 2)
    await life.kill()
    await cluster.put(f"{cluster.prefix}-in", *([(b"c", b"")] * 700), (b"a", b"%f" % (soon + 3600)))
    await until(lambda: Clock.real().now() > soon)
    second = Life(stage, cluster.port())
    await until(lambda: stage.snapshot().get(b"b") == b"")
    await second.close()
    assert await cluster.read(f"{cluster.prefix}-out") == [(b"b", b"alarm")]


async def test_a_full_input_does_not_hold_back_timers(cluster: Cluster) -> None:
    """Due timers fill half of a batch while records fill the other half; alone, they may fill all of it."""
    batches: list[tuple[int, int]] = []

    def handle(tx: Tx) -> None:
        batches.append((len(tx.records), len(tx.due)))
        for key in tx.due:
            tx.table[key] = b""
        for record in tx.records:
            tx.table[record.key or b""] = b"%f" % Clock.real().now()  # due as soon as it is committed

    stage = await stage_on(cluster, handle, due_of)
    life = Life(stage, cluster.port(), replace(SETTINGS, max_batch=4))
    await cluster.put(f"{cluster.prefix}-in", (b"first", b""))
    await until(lambda: sum(due for _, due in batches) == 1)  # what lay there at opening is read: no timer is held
    await cluster.put(f"{cluster.prefix}-in", *((b"t%d" % number, b"") for number in range(40)))
    await until(lambda: position(life, cluster) == 41 and sum(due for _, due in batches) == 41)
    await life.close()
    assert {due for records, due in batches if records} == {0, 2}  # none was due yet, or half of 4
    assert max(due for records, due in batches if not records) == 4


async def test_a_timer_moved_by_a_record_of_its_own_batch_is_not_handed_over(cluster: Cluster) -> None:
    """`tx.due` is checked again against the transaction's own writes; a kept row is handed over, a moved one not."""
    handed: list[bytes] = []

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
        if tx.due:
            tx.table[b"moved"] = b"%f" % (Clock.real().now() + 3600)
        for key in tx.due:
            handed.append(key)
            tx.table[key] = b""

    stage = await stage_on(cluster, handle, due_of)
    soon = b"%f" % (Clock.real().now() + 0.5)
    await cluster.put(f"{cluster.prefix}-in", (b"moved", soon), (b"kept", soon))
    life = Life(stage, cluster.port())
    await until(lambda: bool(handed))
    await life.close()
    assert handed == [b"kept"]
