"""What a municipality's own topics get is what the platform's have of it, whenever the process dies."""

import itertools
import random
from collections.abc import Iterator

import pytest
import structlog.testing

from agents import casework
from pipeline.cases import casework as domain
from tests.agents.events import case
from tests.engine.memory_kafka import MemoryKafka, MemoryOutbox, Process
from tests.tenants.scene import ELSEWHERE, HERE, THERE, TOPICS, apart, live, of, put, rows, told


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    """Hundreds of lives' lines of log cost more than the lives."""
    with structlog.testing.capture_logs():
        yield


def process(kafka: MemoryKafka, seed: int = 0, *, crash_at: int = 0) -> Process:
    """Returns a process that dies at a step, or never."""
    return Process(kafka, random.Random(seed), crash_at)


async def whole() -> MemoryKafka:
    """Returns a Kafka in which everything is handled."""
    kafka = MemoryKafka()
    put(kafka, found := told())
    await live(kafka, process(kafka), len(found))
    return kafka


async def test_each_municipality_has_its_own_rows_and_receipts_and_nobody_elses() -> None:
    """Byte for byte the platform's; the municipality without topics of its own stands on the platform's alone."""
    kafka = await whole()
    assert apart(kafka) == []
    assert rows(kafka, TOPICS.cases).keys() == {
        case("another").encode(), case("stays", THERE).encode(), case("platform", ELSEWHERE).encode()
    }  # fmt: skip
    assert rows(kafka, TOPICS.of(HERE).cases).keys() == {case("another").encode()}
    assert rows(kafka, TOPICS.of(THERE).cases).keys() == {case("stays", THERE).encode()}
    said = {own.kommunekode: len(kafka.committed(own.receipts, 0)) for own in TOPICS.own}
    assert said == {HERE: 5, THERE: 1}  # two reports, a repeat, the closing, the erasure; one report
    assert len(kafka.committed(TOPICS.receipts, 0)) == 7
    assert not [topic for topic, _ in kafka.logs if topic.endswith(ELSEWHERE)]


async def test_an_erased_case_is_deleted_from_its_municipalitys_topic_too() -> None:
    """The last record of its key there is a tombstone, after it has been there."""
    kafka = await whole()
    gone = [row.value for row in kafka.committed(TOPICS.of(HERE).cases, 0) if row.key == case("gone").encode()]
    assert len(gone) > 1
    assert gone[0] is not None
    assert gone[-1] is None


async def test_a_death_at_any_step_leaves_both_topics_equal() -> None:
    """At once, for whoever reads then, and after the next life has handled the rest."""
    wrong: list[tuple[int, str]] = []
    for step in itertools.count(1):
        kafka = MemoryKafka()
        put(kafka, found := told())
        dying = process(kafka, step, crash_at=step)
        await live(kafka, dying, len(found))
        if len(dying.trace) < step:
            assert step > 30, "a life has more steps than that"
            break
        wrong += [(step, f"{one} at once") for one in apart(kafka)]
        await live(kafka, process(kafka, step), len(found))
        wrong += [(step, f"{one} after the next life") for one in apart(kafka)]
        assert of(HERE, rows(kafka, TOPICS.cases)).keys() == {case("another").encode()}
    assert wrong == []


async def test_a_commit_topic_by_topic_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: what is produced is true at once. A death between the two topics then leaves them apart."""

    async def at_once(outbox: MemoryOutbox, topic: str, partition: int, rows: object) -> object:
        pending = await produce(outbox, topic, partition, rows)  # type: ignore[arg-type]
        for entry in outbox._mine:
            entry.state = "committed"
        return pending

    produce = MemoryOutbox.produce
    monkeypatch.setattr(MemoryOutbox, "produce", at_once)
    seen = 0
    for step in range(1, 40):
        kafka = MemoryKafka()
        put(kafka, found := told())
        await live(kafka, process(kafka, step, crash_at=step), len(found))
        seen += bool(apart(kafka))
    assert seen > 0


async def test_a_fact_that_cannot_be_worked_with_is_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its envelope opens the case on the platform's topic and on the municipality's own."""
    broken = case("another")

    def fails(*args: object) -> object:
        _, facts, *_ = args
        if any(fact.case_id == broken and fact.kind == "report.received" for fact in facts):  # type: ignore[attr-defined]
            raise RuntimeError("a fault of ours")
        return domain.work(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(casework, "work", fails)
    kafka = MemoryKafka()
    put(kafka, found := told())
    for seed in range(12):  # each life accuses, until the fact stands alone and is given up
        await live(kafka, process(kafka, seed), len(found))
    assert b"fact.unprocessable" in rows(kafka, TOPICS.of(HERE).cases)[broken.encode()]
    assert apart(kafka) == []
