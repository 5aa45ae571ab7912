"""What was done along a trace. Goes to whoever records; without one it costs a look at a variable."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.tracing.context import Trace


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of finished work. `began_ns` and `ended_ns` are unix nanoseconds, real time.

    Attributes name the stage and how it ended, never a person, a text or a case.
    """

    name: str
    trace: Trace
    parent: Trace | None
    links: tuple[Trace, ...]
    began_ns: int
    ended_ns: int
    attributes: Mapping[str, str | int]


_recorder: Callable[[Span], None] | None = None


def record_with(recorder: Callable[[Span], None] | None) -> None:
    """Names who records from now on; None for nobody. A recorder must not fail and must not wait."""
    global _recorder
    _recorder = recorder


def recording() -> bool:
    """Says whether anybody records."""
    return _recorder is not None


def record(span: Span) -> None:
    """Records a span of a sampled trace."""
    if _recorder is not None and span.trace.sampled:
        _recorder(span)
