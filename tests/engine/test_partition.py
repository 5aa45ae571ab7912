"""How one partition behaves, on Kafka in memory and on a real one: the same tests."""

import asyncio
from collections import Counter
from dataclasses import replace

from pipeline.engine import Transient, Tx
from pipeline.engine.errors import CommitFailed, EngineError, Halted, Poisoned
from tests.engine.bench import SETTINGS, Cluster, Life, impatient, until
from tests.engine.staging import lives_until_done, position, stage_on


async def test_records_become_rows_and_sends_with_headers(cluster: Cluster) -> None:
    """One batch's rows and sends are committed together, and a restart continues behind them."""

    def handle(tx: Tx) -> None:
        for record in tx.records:
            assert record.key is not None
            assert record.value is not None
            tx.table[record.key] = record.value
            tx.send(f"{cluster.prefix}-out", record.value, key=record.key, headers=[("kind", b"test")])

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"a", b"1"), (b"b", b"2"))
    for count in (2, 3):
        life = Life(stage, cluster.port())
        await until(lambda life=life, count=count: position(life, cluster) >= count)  # type: ignore[misc]
        assert stage.snapshot() == ({b"a": b"1", b"b": b"2"} if count == 2 else {b"a": b"3", b"b": b"2"})
        await life.close()
        await cluster.put(f"{cluster.prefix}-in", (b"a", b"3"))
    assert await cluster.read(f"{cluster.prefix}-out") == [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
    assert stage.snapshot() == {}


async def test_poison_is_found_by_halving_and_the_rest_is_handled_once(cluster: Cluster) -> None:
    """Two poisonous records among forty become dead letters after 3 attempts; every other record counts once."""

    def handle(tx: Tx) -> None:
        for record in tx.records:
            if record.value in (b"13", b"29"):
                raise RuntimeError("bad")
            tx.send(f"{cluster.prefix}-out", record.value, key=b"k")

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", *((b"k", b"%d" % number) for number in range(40)))
    ends = await lives_until_done(cluster, stage, lambda life: position(life, cluster) == 40)
    assert ends == ["Poisoned"] * 3  # the whole batch, then each culprit alone; the third attempt is the last
    assert await cluster.read(f"{cluster.prefix}-dead") == [(b"after 3", b"13"), (b"after 3", b"29")]
    handled = [value for _, value in await cluster.read(f"{cluster.prefix}-out")]
    assert handled == [b"%d" % number for number in range(40) if number not in (13, 29)]


async def test_the_next_owner_tells_why_the_one_before_ended(cluster: Cluster) -> None:
    """A handler's failure ends its process; kind, code line and position are kept for whoever looks, its text is not."""

    def handle(tx: Tx) -> None:
        if any(record.value == b"bad" for record in tx.records) and not forgiven:
            raise RuntimeError("a secret text")

    forgiven: list[bool] = []
    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"fine"), (b"k", b"bad"))
    assert type(await Life(stage, cluster.port()).failure()) is Poisoned
    forgiven.append(True)
    second = Life(stage, cluster.port())
    await until(lambda: position(second, cluster) == 2)
    told = second.partition.status()
    await second.close()
    assert told.last_error is not None
    assert (told.last_error.error, told.suspects, told.state) == ("RuntimeError", 0, "working")
    assert told.last_error.batch.startswith(f"{cluster.prefix}-in[0]@")
    assert "test_partition.py" in told.last_error.where
    assert not [value for _, value in await cluster.read(f"{cluster.prefix}-rows") if b"secret" in (value or b"")]


async def test_too_many_internal_errors_halt_the_stage(cluster: Cluster) -> None:
    """A deploy that fails on everything stops at the limit and does not drain the topic into dead letters."""

    def handle(tx: Tx) -> None:
        if tx.records:
            raise RuntimeError("bad deploy")

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", *((b"k", b"%d" % number) for number in range(8)))
    settings, ends = replace(SETTINGS, attempts=1, internal_errors_per_hour=2), list[type[BaseException]]()
    for _ in range(3):
        ends.append(type(await Life(stage, cluster.port(), settings).failure()))
    assert ends == [Poisoned, Halted, Halted]
    assert len(await cluster.read(f"{cluster.prefix}-dead")) == 2


async def test_a_transient_failure_is_tried_again_in_place(cluster: Cluster) -> None:
    """The same batch comes again without an exit and without anything committed twice."""
    tries = Counter[bytes]()

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tries[record.value or b""] += 1
            tx.send(f"{cluster.prefix}-out", record.value, key=b"k")
            if tries[record.value or b""] == 1:
                raise Transient

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"x"))
    assert await lives_until_done(cluster, stage, lambda life: position(life, cluster) == 1) == []
    assert tries[b"x"] == 2
    assert len(await cluster.read(f"{cluster.prefix}-out")) == 1


async def test_a_transient_failure_without_end_accuses_nobody(cluster: Cluster) -> None:
    """When the budget is spent the process ends, and the record is no suspect."""

    def handle(tx: Tx) -> None:
        raise Transient

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"x"))
    error = await Life(stage, cluster.port(), impatient(transient_s=0.2)).failure()
    assert type(error) is EngineError
    assert "@0" in str(error)
    assert await cluster.read(f"{cluster.prefix}-rows") == []


async def test_side_effects_start_after_the_commit_and_their_results_come_back(cluster: Cluster) -> None:
    """A result and an exception both return as completions of the key they were started under."""
    done: dict[bytes, object] = {}
    committed: list[bool] = []

    async def attempt(key: bytes) -> str:
        committed.append(stage.snapshot().get(key) == b"intended")
        if key == b"bad":
            raise ConnectionError
        return "sent"

    def handle(tx: Tx) -> None:
        for record in tx.records:
            key = record.key or b""
            tx.table[key] = b"intended"
            tx.after_commit(key, lambda key=key: attempt(key))  # type: ignore[misc]
        for completion in tx.done:
            done[completion.key] = completion.result
            tx.table[completion.key] = b"over"

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"good", b""), (b"bad", b""))
    life = Life(stage, cluster.port())
    await until(lambda: stage.snapshot() == {b"good": b"over", b"bad": b"over"})
    await life.close()
    assert committed == [True, True]
    assert done[b"good"] == "sent"
    assert isinstance(done[b"bad"], ConnectionError)


async def test_a_clean_stop_keeps_the_results_of_running_side_effects(cluster: Cluster) -> None:
    """An attempt under way at TERM is not repeated by the next owner: its result is committed before the end."""
    gate = asyncio.Event()

    async def attempt() -> str:
        await gate.wait()
        return "sent"

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.table[record.key or b""] = b"intended"
            tx.after_commit(b"k", attempt)
        for completion in tx.done:
            tx.table[completion.key] = b"sent"

    stage = await stage_on(cluster, handle)
    await cluster.put(f"{cluster.prefix}-in", (b"k", b""))
    life = Life(stage, cluster.port())
    await until(lambda: stage.snapshot() == {b"k": b"intended"})
    asyncio.get_running_loop().call_later(0.05, gate.set)
    await life.close(settle_s=5)
    rows = [value for key, value in await cluster.read(f"{cluster.prefix}-rows") if key == b"k"]
    assert rows == [b"intended", b"sent"]


async def test_another_partition_count_stops_the_worker_in_words(cluster: Cluster) -> None:
    """A table written with 6 partitions is refused where the topics have 1."""
    stage = await stage_on(cluster, lambda tx: None)
    await cluster.put(f"{cluster.prefix}-rows", (b"\x00engine", b'{"v":1,"partitions":6,"positions":{}}'))
    error = await Life(stage, cluster.port()).failure()
    assert "6 partitions" in str(error)
    assert "export" in str(error)


async def test_a_second_owner_fences_the_first(cluster: Cluster) -> None:
    """Two lives of one partition: the older one fails at its next commit and has written nothing."""

    def handle(tx: Tx) -> None:
        for record in tx.records:
            tx.send(f"{cluster.prefix}-out", record.value, key=b"k")

    stage = await stage_on(cluster, handle)
    first = Life(stage, cluster.port())
    await until(lambda: len(stage.tables) == 1)
    second = Life(stage, cluster.port())
    await until(lambda: second.partition.state == "working")
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"once"))
    assert type(await first.failure()) is CommitFailed
    await until(lambda: position(second, cluster) == 1)
    await second.close()
    assert await cluster.read(f"{cluster.prefix}-out") == [(b"k", b"once")]
