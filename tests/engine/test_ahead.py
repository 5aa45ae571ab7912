"""Work done ahead of a timer: handed over while the row is the same, forgotten when it is not, and never a condition."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import Tx
from pipeline.engine.ahead import HORIZON_S, SLICE, Ahead
from pipeline.engine.timers import Timers
from pipeline.timebase import Clock
from tests.engine.bench import Cluster, Life, until
from tests.engine.staging import due_of, lives_until_done, position, stage_on

TIMES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50), st.booleans()), max_size=60)


@given(TIMES, st.integers(0, 2**32))
def test_looking_ahead_changes_neither_which_timers_are_taken_nor_when(
    moves: list[tuple[int, int, bool]], seed: int
) -> None:
    """Whatever moves between two looks: who looks ahead takes the same keys at the same time as who does not."""
    plain, looking = (Timers(lambda key, value: float(value)) for _ in range(2))
    chance, given_out = random.Random(seed), list[bytes]()
    for now, (number, due, gone) in enumerate(moves):
        key, value = b"%d" % number, None if gone else b"%d" % (now + due)
        for timers in (plain, looking):
            timers.committed(key, value)
        given_out += looking.approaching(now + chance.randint(0, 40), chance.randint(1, 5))
        assert looking.next_due() == plain.next_due()
        limit = chance.randint(1, 4)
        taken = plain.take(now, limit)
        assert looking.take(now, limit) == taken
        for timers in (plain, looking):
            timers.after_commit({}, taken, lambda _: False, now + 7.0)
    assert len(looking) == len(plain)
    assert all(key.isdigit() for key in given_out)


def test_only_the_next_minute_is_looked_at_a_few_at_a_time_and_each_once() -> None:
    """What is further away may change before; one turn is short."""
    clock, rows = Clock.real(), {b"%d" % number: b"row" for number in range(SLICE + 5)}
    timers = Timers(lambda _key, _value: None)
    timers.load({key: clock.now() + 30 for key in rows} | {b"far": clock.now() + 2 * HORIZON_S})
    asked: list[bytes] = []

    def prepare(key: bytes, row: bytes, due: float) -> object:
        assert (row, timers.due_at(key)) == (b"row", due)
        asked.append(key)
        return key

    ahead = Ahead(prepare, timers, clock)
    assert ahead.work({**rows, b"far": b"row"})
    assert len(asked) == SLICE
    assert ahead.work({**rows, b"far": b"row"})
    assert not ahead.work({**rows, b"far": b"row"})
    assert sorted(asked) == sorted(rows)
    assert ahead.get(b"3") == b"3"
    ahead.forget([b"3"])
    assert ahead.get(b"3") is None
    assert ahead.get(b"far") is None


async def test_an_idle_partition_has_its_timers_ready_and_forgets_those_whose_row_changes(cluster: Cluster) -> None:
    """The agent finds what was made of the row as it stands when the timer is due, and of no other."""
    found: dict[bytes, object] = {}
    again: list[object] = []

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
            again.append(tx.prepared(record.key or b""))
        for key in tx.due:
            found[key] = tx.prepared(key)
            tx.table[key] = b""

    def prepare(key: bytes, row: bytes, due: float) -> object:
        assert due == float(row)
        return key, row

    stage = await stage_on(cluster, handle, due_of)
    stage.prepare = prepare
    life = Life(stage, cluster.port())
    await until(lambda: len(stage.tables) == 1)
    soon = Clock.real().now() + 4.0
    early, late = b"%f" % soon, b"%f" % (soon + 1.0)
    await cluster.put(f"{cluster.prefix}-in", (b"a", early), (b"moved", early))
    await until(lambda: len(life.partition.books.ahead) == 2)
    await cluster.put(f"{cluster.prefix}-in", (b"moved", late))
    await until(lambda: found.keys() == {b"a", b"moved"})
    await life.close()
    assert found == {b"a": (b"a", early), b"moved": (b"moved", late)}
    assert again == [None] * 3  # a row that this transaction has just written is another one
    assert not len(life.partition.books.ahead)


async def test_what_cannot_be_prepared_is_done_in_its_time_and_judged_there(cluster: Cluster) -> None:
    """A look ahead that fails costs nobody anything: the timer fires, or its own failure is poison as ever."""
    fired: list[bytes] = []

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = record.value or b""
        for key in tx.due:
            assert tx.prepared(key) is None
            if key == b"bad":
                raise RuntimeError("bad timer")
            fired.append(key)
            tx.table[key] = b""

    def prepare(key: bytes, _row: bytes, _due: float) -> object:
        raise RuntimeError(f"cannot look at {key!r}")

    stage = await stage_on(cluster, handle, due_of)
    stage.prepare = prepare
    soon = b"%f" % (Clock.real().now() + 0.5)
    await cluster.put(f"{cluster.prefix}-in", (b"a", soon), (b"bad", soon))
    ends = await lives_until_done(
        cluster, stage, lambda life: life.partition.books.suspects.parked == 1 and stage.snapshot().get(b"a") == b""
    )
    assert ends == ["Poisoned"] * 2
    assert b"a" in fired


@pytest.mark.parametrize("busy", [True, False])
async def test_records_go_before_looking_ahead(cluster: Cluster, busy: bool) -> None:
    """While a record waits nothing is prepared: what is at hand comes first."""
    looked: list[int] = []
    stage = await stage_on(
        cluster, lambda tx: tx.table.update({r.key or b"": r.value or b"" for r in tx.records}), due_of
    )
    life = Life(stage, cluster.port())
    stage.prepare = None
    soon = Clock.real().now() + 30.0
    await cluster.put(f"{cluster.prefix}-in", *((b"%d" % number, b"%f" % soon) for number in range(50)))
    await until(lambda: position(life, cluster) == 50)
    ahead = Ahead(lambda _key, _row, _due: looked.append(1), life.partition.books.timers, Clock.real())
    await ahead.work_while(lambda: not busy, life.partition.books.table)
    assert len(looked) == (0 if busy else 50)
    await life.close()
