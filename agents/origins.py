"""Where a case came from, in traces: each report's fact keeps its place, so that what a timer does later can point to it."""

import re

from pipeline.tracing.context import Trace, read
from schemas.case import CaseRecord
from schemas.facts import REPORTS, Fact

_FIRST = re.compile(rb'"traceparent":"([^"]+)"')
"""The first fact of a row that has one; a sender's text cannot hold these characters unescaped."""


def traced(fact: Fact, trace: Trace) -> Fact:
    """Returns a report's fact with its place in the trace in which it came; any other as it is."""
    return fact.model_copy(update={"traceparent": trace.traceparent}) if fact.kind in REPORTS else fact


def origin_of_row(row: bytes) -> Trace | None:
    """Returns the trace of the report that opened a case, by the case's row; None of a case older than traces are kept.

    Looked for in the bytes: a thousand rungs come due in a second, and no row is decoded for its trace.
    """
    return read(found[1]) if (found := _FIRST.search(row)) is not None else None


def origin_of(case: CaseRecord) -> Trace | None:
    """Returns the same of a case at hand."""
    return read(next((fact.traceparent for fact in case.facts if fact.traceparent is not None), None))
