"""Spans leave only where a collector is named, and a dead one costs spans and nothing else."""

import os
import subprocess
import sys

import pytest
import structlog.testing

from pipeline.kafka.ports import free_port
from pipeline.tracing import spans
from pipeline.tracing.export import FLUSH_S, start, wanted
from tests.tracing.collector import collector, hanging

AT_ONCE_S, LATE_S = 5.0, 7.0
"""A wait for a collector that does not answer takes 10 s: both are less, and far more than what a busy machine adds."""


def run(**environment: str) -> list[str]:
    """Runs the exporting process and returns its words; it must end by itself, with 0."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.tracing.exporting"],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector.example/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example", "OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_a_collector_must_be_named(environment: dict[str, str], expected: bool) -> None:
    """By one of OpenTelemetry's own variables; its switch turns everything off."""
    assert wanted(environment) is expected


def test_without_a_collector_the_sdk_is_not_even_imported() -> None:
    """Nobody records, nothing is loaded."""
    recording, sdk, *_ = run()
    assert (recording, sdk) == ("False", "False")


def test_a_span_reaches_the_collector_with_its_parent_and_link() -> None:
    """Its ids are those that its records carried; the flush at the end is enough to deliver it."""
    with collector() as sink:
        recording, _, _, _, traceparent, parent = run(OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
        (span,) = sink.spans
    _, trace_id, span_id, _ = traceparent.split("-")
    assert recording == "True"
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (trace_id, span_id, parent)
    assert (span.name, span.end_time_unix_nano - span.start_time_unix_nano, len(span.links)) == ("step", 1_000_000, 1)
    (resource,) = sink.requests[0].resource_spans
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert named["service.name"] == "brudvagt-test"


def test_a_refused_port_neither_delays_nor_breaks_the_end() -> None:
    """Recording is a matter of microseconds, the end within its budget, the status 0."""
    _, _, recorded_s, stopped_s, *_ = run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert float(recorded_s) < AT_ONCE_S
    assert float(stopped_s) < FLUSH_S + LATE_S


def test_a_collector_that_never_answers_costs_the_budget_and_no_more() -> None:
    """The exporter itself would wait 10 s for an answer."""
    with hanging() as url:
        _, _, recorded_s, stopped_s, *_ = run(OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert float(recorded_s) < AT_ONCE_S
    assert FLUSH_S * 0.9 < float(stopped_s) < FLUSH_S + LATE_S


@pytest.mark.parametrize(
    "wrong",
    [
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "many"},
        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "99999"},
        {"OTEL_BSP_SCHEDULE_DELAY": "-1"},
    ],
    ids=["no number", "more than the queue", "negative"],
)
def test_a_wrong_variable_costs_spans_and_never_a_worker(wrong: dict[str, str]) -> None:
    """The process works on, records nothing, and ends with 0."""
    recording, *_ = run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}", **wrong)
    assert recording == "False"


def test_a_wrong_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with what the library has against it; nothing is recorded from then on."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "-1")
    with structlog.testing.capture_logs() as logs:
        start("test", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})()
    (line,) = logs
    assert "OTEL_" in line["event"]
    assert line["reason"] == "schedule_delay_millis must be positive."
    assert not spans.recording()
