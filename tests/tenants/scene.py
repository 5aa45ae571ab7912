"""Casework with two municipalities that have topics of their own, on Kafka in memory; and how copies are compared."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from agents.casework import casework
from pipeline.cases.admission import At, facts_of
from pipeline.engine import Stage
from pipeline.engine.settings import WorkerSettings
from pipeline.gate.gate import Admitted, admit
from pipeline.kafka.topics import Topics
from schemas.facts import Fact
from tests.agents.events import act, case, report
from tests.engine.bench import Life, until
from tests.engine.memory_kafka import MemoryKafka, MemoryPort, Process
from tests.simulation.clock import SteeredClock
from tests.simulation.runs import context

HERE, THERE, ELSEWHERE = "657", "740", "167"
"""Two municipalities with topics of their own, and one without."""

TOPICS = Topics(prefix="mem", partitions=1, tenants=(HERE, THERE))
TOLD = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DECIDES = "decision_maker:direktion"
SMALL = WorkerSettings(max_batch=2, save_idle_s=0.01)
LATER = timedelta(days=40)

Rows = dict[bytes, bytes]


def told() -> list[Fact]:
    """Two municipalities' reports, a third one's; the first one's is closed and, forty days on, erased."""
    gone = case("gone")
    return [
        *facts(report("gone", number="r-1"), HERE, TOLD),
        *facts(report("stays", municipality=THERE, number="r-2"), THERE, TOLD),
        *facts(report("platform", municipality=ELSEWHERE, number="r-3"), None, TOLD),
        *facts(report("gone", number="r-1"), HERE, TOLD),
        *facts(act("close", gone, DECIDES, number="a-1", closing="not_a_breach", reason="Intet brud."), HERE, TOLD),
        *facts(report("another", number="r-4"), HERE, TOLD),
        *facts(act("erase", gone, DECIDES, number="a-2", reason="Opbevaringstiden er gået."), HERE, TOLD + LATER),
    ]


def facts(event: bytes, tenant: str | None, received_at: datetime) -> tuple[Fact, ...]:
    """Returns the facts of an event that came in by a municipality's own topic, or by the platform's."""
    name: Literal["reports", "actions"] = "actions" if b".act." in event else "reports"
    offset = int(json.loads(event)["id"].partition("-")[2])
    own = f"mem.{name}" if tenant is None else f"mem.{name}.{tenant}"
    verdict = admit(event, (), accepts=name, tenant=tenant)
    assert isinstance(verdict, Admitted), verdict
    found = facts_of(verdict, At(own, 0, offset, received_at, tenant=tenant), context().plans)
    assert isinstance(found, tuple), found
    return found


def put(kafka: MemoryKafka, found: Iterable[Fact]) -> None:
    """Lays facts before casework."""
    for fact in found:
        kafka.put(TOPICS.facts, 0, fact.case_id.encode(), fact.encode())


def stage(clock: SteeredClock) -> Stage:
    """Returns casework as it is; in memory there is no stage before it to wait for."""
    made = casework(replace(context(), topics=TOPICS, clock=clock))
    made.upstream = ()
    return made


async def live(kafka: MemoryKafka, process: Process, count: int) -> None:
    """One life of casework's partition: until so many facts are handled, or until death."""
    clock = SteeredClock(0.0)
    clock.steer((TOLD + timedelta(minutes=1)).timestamp())  # by the opening rung; no other is due
    life = Life(stage(clock), MemoryPort(process), SMALL, clock)

    def done() -> bool:
        handled = life.partition.positions_for_copy().get(TOPICS.facts, 0)
        return life.task.done() or process.dead or handled >= count

    await until(done)
    await life.kill()


def rows(kafka: MemoryKafka, topic: str) -> Rows:
    """Returns a table as a `read_committed` reader sees it: the last value of each key, without the engine's own."""
    found: Rows = {}
    for row in kafka.committed(topic, 0):
        assert row.key is not None
        if row.key.startswith(b"\x00"):
            continue
        if row.value is None:
            found.pop(row.key, None)
        else:
            found[row.key] = row.value
    return found


def of(kommunekode: str, whole: Rows) -> Rows:
    """Returns the rows of one municipality."""
    return {key: value for key, value in whole.items() if key.startswith(f"{kommunekode}-".encode())}


def apart(kafka: MemoryKafka) -> list[str]:
    """Returns the municipalities whose own topics do not have, byte for byte, what the platform's have of theirs."""
    whole = rows(kafka, TOPICS.cases)
    receipts = [row.value or b"" for row in kafka.committed(TOPICS.receipts, 0)]
    wrong = []
    for own in TOPICS.own:
        answers = [row.value for row in kafka.committed(own.receipts, 0)]
        due = [value for value in receipts if json.loads(value)["topic"] in (own.reports, own.actions)]
        if rows(kafka, own.cases) != of(own.kommunekode, whole) or answers != due:
            wrong.append(own.kommunekode)
    return wrong
