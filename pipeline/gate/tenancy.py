"""On a municipality's own topic nothing may be said of another: neither in the envelope nor in the data."""

from collections.abc import Iterable, Iterator

from pipeline.gate.cloudevents import Mode
from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.paths import attribute_path
from schemas.actions import Close, Link
from schemas.envelope import Envelope
from schemas.receipt import Problem
from schemas.registry import Data
from schemas.reports import BreachReportedByProcessor


def others(tenant: str, mode: Mode, envelope: Envelope | None, data: Data | None) -> Iterator[Problem]:
    """Yields a problem for each place in which an event names another municipality than `tenant`, a kommunekode.

    An act's own reference is held against the envelope elsewhere. A case that is named beside it counts too: closing as
    its duplicate hands it a signal, and so would write another municipality's case.
    """
    if envelope is not None and envelope.municipality != tenant:
        yield problem(ErrorCode.MUNICIPALITY_MISMATCH, attribute_path(mode, "municipality"))
    for path, named in _named(data):
        if any(not one.startswith(tenant) for one in named):
            yield problem(ErrorCode.MUNICIPALITY_MISMATCH, path)


def _named(data: Data | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yields the places in the data that name a municipality, by kommunekode or by a case's reference."""
    if isinstance(data, BreachReportedByProcessor):
        yield "/data/controllers", data.controllers
    if isinstance(data, Link):
        yield "/data/other", (data.other,)
    if isinstance(data, Close) and data.duplicate_of is not None:
        yield "/data/duplicate_of", (data.duplicate_of,)
