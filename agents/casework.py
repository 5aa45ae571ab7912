"""Casework: the only writer of a case. Unites facts into it, climbs due rungs, answers the senders."""

import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import orjson
import structlog
from pydantic import ValidationError

from agents.batches import told
from agents.context import Context
from agents.deadletters import bury_internal
from agents.following import begun, following, trace_of
from agents.governed import governed
from agents.newer import guard, record_is_read, row_is_read
from agents.observing import case_changed, rungs_reached
from agents.tenants import answer, case_topics, copy_rows, receipt_topics
from agents.upstream import before_casework
from pipeline.cases.casework import Change, work
from pipeline.cases.climb import Climbed, Foreseen, climb, foresee, reach
from pipeline.cases.keeping import UNCLOSED_EVERY
from pipeline.cases.minting import derive
from pipeline.cases.tally import announce, count
from pipeline.engine import Poison, Record, Stage, Tx
from pipeline.logging import TRACE_ID
from pipeline.tracing.context import Trace
from schemas.case import CaseRecord, Status
from schemas.deadletter import DeadLetter
from schemas.facts import Fact, FactKind
from schemas.row_version import READ
from schemas.tally import Tally

MAX_RECORD_BYTES = 1_900_000  # below the topic's 2 MiB: a case that cannot be written would stop its clock


_READ = "|".join(map(re.escape, sorted(READ))).encode()
_WAKE_AT = re.compile(rb'\{"wake_at":([0-9.]+)(?:[,}](?!"schema_version")|,"schema_version":"(?:%b)")' % _READ)
"""The head of a waiting row that this Brudvagt reads."""


def wake_at(key: bytes, value: bytes) -> float | None:
    """Returns when a row wants attention: unix seconds of the shown clock, written into the row by whoever made it.

    A row that waits has it as its first field: read there it costs a twentieth of decoding the row. Raises NewerRow: the
    engine asks this of every row before a partition is opened. An open case without one asks to be closed as any other:
    versions from before 26 November 2026 let it sleep once everything on it was settled.
    """
    if (first := _WAKE_AT.match(value)) is not None:
        return float(first[1])
    row_is_read(key, value)
    row = orjson.loads(value)
    at: float | None = row.get("wake_at")
    if at is None and row.get("status") == Status.OPEN:
        last = max(datetime.fromisoformat(fact["recorded_at"]) for fact in row["facts"])
        return (last + UNCLOSED_EVERY).timestamp()
    return at


def casework(context: Context) -> Stage:
    """Returns the stage that keeps the cases."""
    topics = context.topics
    stage = Stage(
        "casework",
        group=f"{topics.prefix}.casework",
        inputs=[topics.facts],
        table=topics.cases,
        outputs=[topics.facts, *receipt_topics(topics), topics.deadletters, *case_topics(topics)],
        on_poison=lambda tx, poison: unprocessable(context, tx, poison),
        max_record_bytes=MAX_RECORD_BYTES,
        packed=True,
        prepare=lambda _, row, due: foresee(row, datetime.fromtimestamp(due, UTC), context.catalogue),
        upstream=before_casework(topics),
    )

    guard(stage, governed(wake_at, context.catalogue.policies))

    @stage.agent
    async def agent(batches: AsyncIterator[Tx]) -> None:
        async for batch in told("casework", batches):
            async with batch as tx:
                handle(context, tx)

    return stage


def handle(context: Context, tx: Tx) -> None:
    """Does one batch: facts by case in their order, then the timers that came due."""
    now = context.clock.datetime()
    fresh: defaultdict[str, list[Fact]] = defaultdict(list)
    traces: defaultdict[str, list[Trace | None]] = defaultdict(list)
    for record in tx.records:
        record_is_read(record)
        fact = Fact.model_validate_json(record.value or b"")
        if record.key is not None and record.key.decode() != fact.case_id:
            with following(tx, "casework", [trace_of(record)]):
                _count(context, tx, record.key, fact)
        else:
            fresh[fact.case_id].append(fact)
            traces[fact.case_id].append(trace_of(record))
    for case_id, facts in fresh.items():
        with following(tx, "casework", traces[case_id]):
            change_case(context, tx, case_id.encode(), facts, now)
    climb_all(context, tx, now)
    copy_rows(context.topics, tx)


def climb_all(context: Context, tx: Tx, now: datetime) -> None:
    """Does the timers that came due; those with nothing to do but climb, nearly all, on the quick way.

    Each begins a trace of its own, linked to the one of the report that opened its case.
    """
    climbed: list[tuple[str, Climbed]] = []
    for key in tx.due:
        row, seen = tx.table[key], tx.prepared(key)
        trace = begun(tx, "casework", "casework timer", row)
        quick = reach(row, seen, now) if isinstance(seen, Foreseen) else None
        quick = quick or climb(row, now, context.catalogue)
        if quick is not None:
            tx.table[key] = quick.row
            climbed.append((trace.trace_id, quick))
            continue
        with structlog.contextvars.bound_contextvars(**{TRACE_ID: trace.trace_id}):
            if orjson.loads(row).get("kind") == "producer":
                tx.table[key] = announce(Tally.model_validate_json(row), now).encode()
            else:
                change_case(context, tx, key, [], now)
    tx.carry(())
    if climbed:
        tx.note(partial(rungs_reached, climbed, tx.batch_id))


def change_case(context: Context, tx: Tx, key: bytes, facts: list[Fact], now: datetime) -> None:
    """Writes what facts and time make of one case; nothing is written when nothing changed."""
    began, row = time.perf_counter(), tx.table.get(key)
    before = None if row is None else CaseRecord.model_validate_json(row)
    change = work(before, facts, now, context.catalogue)
    if change.changed:
        if change.record is not None:
            tx.table[key] = change.record.encode()
        elif row is not None:
            del tx.table[key]
    _send(context, tx, change)
    tx.note(partial(case_changed, before, change, time.perf_counter() - began))


def _send(context: Context, tx: Tx, change: Change) -> None:
    topics = context.topics
    for fact in change.facts:
        tx.send(topics.facts, fact.encode(), key=fact.case_id.encode())
    for receipt in change.receipts:
        answer(topics, tx, receipt, f"{receipt.source}#{receipt.event_id}".encode())
    for fact, problem in change.refused:
        origin = fact.origin
        letter = DeadLetter(
            stage="casework",
            topic=origin.topic if origin is not None else topics.facts,
            partition=origin.partition if origin is not None else tx.partition,
            offset=origin.offset if origin is not None else 0,
            received_at=fact.recorded_at,
            digest=fact.fact_id,
            bytes=len(fact.encode()),
            problems=(problem,),
            source=fact.sender,
            event_type=fact.event_type,
            municipality=fact.municipality,
            reference=fact.case_id,
        )
        # No restricted half: the record was legible, and its bytes stay on the ingress topic as long as they would there
        tx.send(topics.deadletters, letter.encode(), key=f"{letter.topic}[{letter.partition}]@{letter.offset}".encode())


def _count(context: Context, tx: Tx, key: bytes, fact: Fact) -> None:
    row = tx.table.get(key)
    tally, passed_on = count(None if row is None else Tally.model_validate_json(row), key.decode(), fact)
    tx.table[key] = tally.encode()
    tx.send(context.topics.facts, passed_on.encode(), key=passed_on.case_id.encode())


def unprocessable(context: Context, tx: Tx, poison: Poison) -> None:
    """A fact that our own code cannot work with still starts its case's clock: its envelope is kept, not its body."""
    record = poison.record
    if record is None:
        return  # a timer or a result: the engine parks it, counts it and says so; its row stays as it is
    fact = _envelope(context, record)
    with following(tx, "casework", [trace_of(record)]) as step:
        step.outcome = "unprocessable"
        bury_internal(context, tx, record, "casework", poison.error)
        if fact is not None:
            change_case(context, tx, fact.case_id.encode(), [fact], context.clock.datetime())
    copy_rows(context.topics, tx)


def _envelope(context: Context, record: Record) -> Fact | None:
    try:
        whole = Fact.model_validate_json(record.value or b"")
    except ValidationError:
        return None
    if whole.kind == FactKind.FACT_UNPROCESSABLE:
        return None
    return whole.model_copy(
        update={
            "fact_id": derive("unprocessable", whole.fact_id),
            "kind": FactKind.FACT_UNPROCESSABLE,
            "body": {"fact_id": whole.fact_id, "kind": whole.kind},
            "recorded_at": whole.recorded_at.astimezone(UTC),
        }
    )
