"""An event's trace context: it helps whoever searches, and is never a reason to refuse a report."""

from pydantic import JsonValue

from pipeline.tracing.context import HEADER, read

TRACE_ATTRIBUTES = (HEADER, "tracestate")


def without_malformed(attributes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Returns the attributes with `traceparent` in the form of version 00, or without it if it is malformed.

    `tracestate` goes in any case: it is other systems' free text, and nothing of it may travel on. Source: W3C Trace
    Context, section 4.3 (a participant may discard it); CloudEvents' distributed tracing extension names both.
    """
    kept = {name: item for name, item in attributes.items() if name not in TRACE_ATTRIBUTES}
    if (trace := read(attributes.get(HEADER))) is not None:
        kept[HEADER] = trace.traceparent
    return kept
