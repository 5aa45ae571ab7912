"""Sends spans to an OpenTelemetry collector over OTLP/HTTP, if and only if the environment names one.

OpenTelemetry's own variables say where and how (docs/tracing.md). Its SDK is imported only then. Spans wait in a
bounded queue and leave in a thread: a collector that is dead or hangs costs spans, never a report.
"""

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import structlog

from pipeline.tracing.spans import Span, record_with

if TYPE_CHECKING:
    from opentelemetry.trace import Link, SpanContext

    from pipeline.tracing.context import Trace

log = structlog.get_logger("pipeline.tracing")

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
FLUSH_S: Final = 2.0
"""So long a graceful stop waits for the last spans: less than a collector's usual answer takes to be missed."""

Stop = Callable[[], None]


def wanted(environment: Mapping[str, str]) -> bool:
    """Says whether the environment names a collector and does not switch OpenTelemetry off."""
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not off and any(environment.get(name, "").strip() for name in ENDPOINTS)


def start(role: str, environment: Mapping[str, str] | None = None) -> Stop:
    """Begins to export this process's spans, if wanted; returns what flushes, FLUSH_S at most, and ends it.

    A variable of OpenTelemetry's that cannot be used, which may be set for a whole machine, costs spans and nothing else.
    """
    if not wanted(os.environ if environment is None else environment):
        return lambda: None
    try:
        return _start(role)
    except Exception as error:  # noqa: BLE001  # a foreign library's start: no reason to leave a clock unwatched
        # Of a ValueError the text names variable or limit and its number; another's could hold anything
        reason = str(error) if isinstance(error, ValueError) else type(error).__name__
        log.error("spans are not exported: mend the variable OTEL_… and start again", role=role, reason=reason)
        return lambda: None


def _start(role: str) -> Stop:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    from opentelemetry.trace import Link as OtelLink
    from opentelemetry.trace import NonRecordingSpan, TraceFlags, set_span_in_context
    from opentelemetry.trace import SpanContext as OtelContext

    class Given(IdGenerator):
        """Ids were given when the work began: its records carry them already."""

        def __init__(self) -> None:
            self.trace: Trace | None = None

        def generate_trace_id(self) -> int:
            assert self.trace is not None
            return int(self.trace.trace_id, 16)

        def generate_span_id(self) -> int:
            assert self.trace is not None
            return int(self.trace.span_id, 16)

    ids = Given()
    provider = TracerProvider(
        sampler=ALWAYS_ON,  # whether a trace is sampled was decided where it began
        resource=Resource.create({"service.namespace": "brudvagt", "service.name": f"brudvagt-{role}"}),
        id_generator=ids,
        shutdown_on_exit=False,  # it would wait for a hanging collector behind everybody's back
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("brudvagt")

    def context_of(trace: "Trace") -> "SpanContext":
        flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
        return OtelContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=flags)

    def link_to(trace: "Trace") -> "Link":
        return OtelLink(context_of(trace))

    def send(span: Span) -> None:
        ids.trace = span.trace
        above = None if span.parent is None else NonRecordingSpan(context_of(span.parent))
        made = tracer.start_span(
            span.name,
            context=None if above is None else set_span_in_context(above),
            links=[link_to(one) for one in span.links],
            attributes=span.attributes,
            start_time=span.began_ns,
        )
        made.end(span.ended_ns)

    def stop() -> None:
        record_with(None)
        last = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(FLUSH_S)
        if last.is_alive():
            log.warning("the collector did not take the last spans in time", waited_s=FLUSH_S)

    record_with(send)
    log.info("spans are exported", role=role)
    return stop
