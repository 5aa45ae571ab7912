"""A process that exports one span and ends: `python -m tests.tracing.exporting`. Prints how long the end took, in s."""

import sys
import time

from pipeline.tracing.context import follow
from pipeline.tracing.export import start
from pipeline.tracing.spans import Span, record, recording

if __name__ == "__main__":
    stop = start("test")
    parent = follow(None)
    step = follow(parent)
    now = time.time_ns()
    began = time.perf_counter()
    record(Span("step", step, parent, (follow(None),), now, now + 1_000_000, {"stage": "test", "partition": 3}))
    recorded_s = time.perf_counter() - began
    was_recording = recording()
    began = time.perf_counter()
    stop()
    sdk = any(name.startswith("opentelemetry.sdk") for name in sys.modules)
    sys.stdout.write(
        f"{was_recording} {sdk} {recorded_s} {time.perf_counter() - began} {step.traceparent} {parent.span_id}"
    )
