"""What a log line is about: one trace, or a batch of several. Looked up only where a line is written."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.tracing.context import HEADER, read

if TYPE_CHECKING:
    from pipeline.engine.batch import Batch

About = dict[str, str]
"""`trace_id` of the one trace, else `batch_id`: the line of the batch itself names its traces beside that id."""


def about_committed(batch: "Batch") -> About:
    """Returns what a batch is about whose agent has been through all of it, and has named every trace it met."""
    return _named(batch, set(batch.mentions))


def about_failed(batch: "Batch") -> About:
    """Returns what a batch is about whose agent came to an unknown item of it: every record's own header counts too."""
    if batch.size == 1 and batch.mentions:
        return {"trace_id": batch.mentions[-1]}  # of this attempt: a sender that begins none has another at each
    found = [_header(record.headers) for record in batch.records]
    if batch.size > 1 and (batch.due or batch.done or None in found):
        return {"batch_id": batch.id}
    return _named(batch, {*batch.mentions, *(one for one in found if one is not None)})


def about_error(error: BaseException | None) -> About:
    """Returns what the failure was about that an exception comes from, empty where nobody knows."""
    for one in _behind(error):
        found = getattr(one, "about", None)
        if isinstance(found, dict):
            return found
    return {}


def _named(batch: "Batch", traces: set[str]) -> About:
    return {"trace_id": next(iter(traces))} if len(traces) == 1 else {"batch_id": batch.id}


def _header(headers: tuple[tuple[str, bytes], ...]) -> str | None:
    found = [value for name, value in headers if name == HEADER]
    trace = read(found[0]) if len(found) == 1 else None
    return None if trace is None else trace.trace_id


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an exception and those that it came from; they form a chain without circles but for a mistake in one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
