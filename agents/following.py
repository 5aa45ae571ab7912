"""Follows a trace through a stage: what a step writes carries its place in it, what it logs carries its id."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from functools import partial

import structlog

from agents.origins import origin_of_row
from pipeline.engine import Record, Tx
from pipeline.logging import TRACE_ID
from pipeline.tracing import spans
from pipeline.tracing.context import HEADER, Trace, follow, read

MENTIONED = 20
"""So many trace ids stand in a batch's line; each case's own line has its own."""


class Step:
    """One piece of a stage's work: its place in the trace, and how it went, for its span."""

    __slots__ = ("outcome", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.outcome = "handled"


def trace_of(record: Record) -> Trace | None:
    """Returns the trace that a record belongs to; None if its header is missing, malformed or there twice."""
    found = [value for name, value in record.headers if name == HEADER]
    return read(found[0]) if len(found) == 1 else None


def traces_of(records: Iterable[Record]) -> list[Trace]:
    """Returns the traces of several records, in their order."""
    return [trace for record in records if (trace := trace_of(record)) is not None]


@contextlib.contextmanager
def following(
    tx: Tx, stage: str, parents: Iterable[Trace | None], name: str | None = None, origins: Iterable[Trace | None] = ()
) -> Iterator[Step]:
    """Does a step of `stage` in the first parent's trace, or in a new one; the other parents are linked, and `origins`:
    where that began which a timer goes on with.

    Inside, what the transaction sends, writes and notes belongs to the step. Its span is recorded once the transaction
    is committed: what was rolled back was never so.
    """
    known = list(dict.fromkeys(parent for parent in parents if parent is not None))
    parent = known[0] if known else None
    step, began_ns, links = Step(follow(parent)), 0, tuple[Trace, ...]()
    if spans.recording():  # only a span has links; nobody else looks at `origins`
        began_ns = time.time_ns()
        links = tuple(dict.fromkeys((*known[1:], *(one for one in origins if one is not None))))
    mentioned(tx, step.trace)
    bound = structlog.contextvars.bind_contextvars(**{TRACE_ID: step.trace.trace_id})
    tx.carry(step.trace.headers)
    try:
        yield step
        if spans.recording():
            tx.note(partial(_record, tx.partition, stage, name or stage, step, parent, links, began_ns))
    finally:
        tx.carry(())
        structlog.contextvars.reset_contextvars(**bound)


def begun(tx: Tx, stage: str, name: str, row: bytes) -> Trace:
    """Begins a trace with one of many timers, linked to the one in which the case of `row` began; what the transaction
    sends and writes from now on belongs to it. Nothing is bound for log lines: a timer on the quick way writes none.
    """
    trace = follow(None)
    if spans.recording():
        origin = origin_of_row(row)
        links = () if origin is None else (origin,)
        tx.note(partial(_record, tx.partition, stage, name, Step(trace), None, links, time.time_ns()))
    mentioned(tx, trace)
    tx.carry(trace.headers)
    return trace


def mentioned(tx: Tx, trace: Trace) -> None:
    """Notes a trace for the batch's line."""
    if len(tx.mentions) < MENTIONED and trace.trace_id not in tx.mentions:
        tx.mentions.append(trace.trace_id)


def _record(
    partition: int, stage: str, name: str, step: Step, parent: Trace | None, links: tuple[Trace, ...], began_ns: int
) -> None:
    attributes: dict[str, str | int] = {"stage": stage, "partition": partition, "outcome": step.outcome}
    spans.record(spans.Span(name, step.trace, parent, links, began_ns, time.time_ns(), attributes))
