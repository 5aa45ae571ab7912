"""Crashes and suspensions at every single step of a partition's life, in memory; and four sabotages that must show.

The work: each record adds its id to its case's row and sends one alert. Exactly once means: every id once in the
rows, every id once on the alerts topic.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import pytest

from pipeline.engine import Stage, Tx, commit, partition, recovery
from pipeline.engine.ledger import LEDGER_KEY
from pipeline.engine.port import Outbox, Port
from pipeline.engine.record import Row
from pipeline.engine.recovery import Rebuilt
from pipeline.engine.settings import WorkerSettings
from tests.engine.bench import Life, until
from tests.engine.memory_kafka import MemoryKafka, MemoryPort, Process

REPORTS = 7
SMALL = WorkerSettings(max_batch=2, save_idle_s=0.01)


def counting_stage() -> Stage:
    """Returns the stage under test."""
    stage = Stage("count", inputs=["in"], table="rows", outputs=["out"])

    @stage.agent
    async def work(batches: AsyncIterator[Tx]) -> None:
        async for batch in batches:
            async with batch as tx:
                for record in tx.records:
                    assert record.key is not None
                    assert record.value is not None
                    tx.table[record.key] = tx.table.get(record.key, b"") + record.value
                    tx.send("out", record.value, key=record.key)

    return stage


def filled() -> MemoryKafka:
    """Returns a Kafka with the reports on it."""
    kafka = MemoryKafka()
    for number in range(REPORTS):
        kafka.put("in", 0, b"case%d" % (number % 2), b"%d" % number)
    return kafka


def balance(kafka: MemoryKafka) -> tuple[str, str]:
    """Returns the ids in the rows and the ids on the alerts topic, sorted."""
    rows = {row.key: row.value for row in kafka.committed("rows", 0) if row.key and row.key[:1] != b"\x00"}
    ids = b"".join(value for value in rows.values() if value)
    alerts = b"".join(row.value or b"" for row in kafka.committed("out", 0))
    return "".join(sorted(ids.decode())), "".join(sorted(alerts.decode()))


Run = Callable[[MemoryKafka, int, int], Awaitable[Process]]
EXACTLY_ONCE = ("0123456", "0123456")


def drained(life: Life) -> bool:
    """Tells whether everything is handled and saved, or the process is dead."""
    return life.task.done() or life.partition.positions_for_copy().get("in") == REPORTS


async def live(kafka: MemoryKafka, process: Process) -> None:
    """One life: until everything is handled, or until death."""
    life = Life(counting_stage(), MemoryPort(process), SMALL)
    await until(lambda: drained(life) or process.dead, 5)
    await life.kill()


async def crash_run(kafka: MemoryKafka, crash_at: int, seed: int) -> Process:
    """A life that crashes at a step, then one that drains."""
    first = Process(kafka, random.Random(seed), crash_at=crash_at)
    await live(kafka, first)
    await live(kafka, Process(kafka, random.Random(seed + 1)))
    return first


async def zombie_run(kafka: MemoryKafka, suspend_at: int, seed: int) -> Process:
    """A life that is suspended at a step; another one takes over and drains; then the first one wakes."""
    zombie = Process(kafka, random.Random(seed), suspend_at=suspend_at)
    first = Life(counting_stage(), MemoryPort(zombie), SMALL)
    await until(lambda: zombie.suspended.is_set() or drained(first), 5)
    await live(kafka, Process(kafka, random.Random(seed + 1)))
    zombie.resumed.set()
    await until(lambda: drained(first), 5)
    await first.kill()
    return zombie


async def every_step(run: Run) -> list[tuple[str, tuple[str, str]]]:
    """Runs it for every step of a life, and returns what did not end exactly once: step's name and balance."""
    wrong: list[tuple[str, tuple[str, str]]] = []
    for step in itertools.count(1):
        kafka = filled()
        process = await run(kafka, step, step)
        if len(process.trace) < step:
            assert step > 20, "a life has more steps than that"
            return wrong
        if (found := balance(kafka)) != EXACTLY_ONCE:
            wrong.append((process.trace[step - 1], found))
    raise AssertionError


async def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing() -> None:
    """Kills the process between any two operations of its life; the next owner ends with every id exactly once."""
    assert await every_step(crash_run) == []


async def test_a_process_suspended_at_any_step_is_fenced_when_it_wakes() -> None:
    """Suspends the process at any step while another takes over; what it does on waking changes nothing."""
    assert await every_step(zombie_run) == []


async def test_sabotage_without_the_fence_is_found() -> None:
    """Without fencing the zombie writes beside the new owner."""

    async def unfenced(kafka: MemoryKafka, step: int, seed: int) -> Process:
        kafka.fencing = False
        return await zombie_run(kafka, step, seed)

    assert await every_step(unfenced) != []


async def test_sabotage_commit_before_the_sends_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table committed before the alerts are sent loses alerts at a crash between them."""

    async def split(outbox: Outbox, rows: Mapping[tuple[str, int], Sequence[Row]]) -> None:
        for target, batch in rows.items():
            await commit.write_transaction(outbox, {target: batch})

    monkeypatch.setattr(partition, "write_transaction", split)
    assert any(alerts != EXACTLY_ONCE[1] for _, (_, alerts) in await every_step(crash_run))


async def test_sabotage_skipped_offsets_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction without its position is handled again by the next owner."""

    async def forgetful(outbox: Outbox, rows: Mapping[tuple[str, int], Sequence[Row]]) -> None:
        kept = {target: [row for row in batch if row.key != LEDGER_KEY] for target, batch in rows.items()}
        await commit.write_transaction(outbox, kept)

    monkeypatch.setattr(partition, "write_transaction", forgetful)
    assert await every_step(crash_run) != []


async def test_sabotage_a_table_kept_over_a_lost_partition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that gets a partition back and trusts the table it had writes over what the owner between did."""

    async def there_and_back() -> tuple[str, str]:
        kafka = filled()
        for number, tail in ((b"7", 8), (b"8", 9)):
            await live_until(kafka, tail - 1)
            kafka.put("in", 0, b"case1", number)
        await live_until(kafka, 9)
        return balance(kafka)

    async def live_until(kafka: MemoryKafka, end: int) -> None:
        life = Life(counting_stage(), MemoryPort(Process(kafka, random.Random(1))), SMALL)
        await until(lambda: life.task.done() or life.partition.positions_for_copy().get("in", 0) >= end, 5)
        await life.kill()

    assert await there_and_back() == ("012345678", "012345678")
    honest, kept = recovery.rebuild, list[Rebuilt]()

    async def lazy(port: Port, topic: str, number: int) -> Rebuilt:
        fresh = await honest(port, topic, number)
        kept.append(Rebuilt(dict(fresh.rows), fresh.reserved, fresh.read))
        if len(kept) == 3:  # the third life trusts the rows that the second found
            return Rebuilt(dict(kept[1].rows), fresh.reserved, 0)
        return fresh

    monkeypatch.setattr(partition, "rebuild", lazy)
    assert await there_and_back() != ("012345678", "012345678")


async def test_crashes_at_random_in_a_row_lose_nothing() -> None:
    """Sixty seeded stories of up to six crashes and hangs in a row end exactly once."""
    for seed in range(60):
        chance, kafka = random.Random(seed), filled()
        for _ in range(chance.randrange(1, 7)):
            process = Process(kafka, chance, crash_at=chance.randrange(1, 40))
            await live(kafka, process)
        await live(kafka, Process(kafka, chance))
        assert balance(kafka) == EXACTLY_ONCE, f"seed {seed}"
        await asyncio.sleep(0)
