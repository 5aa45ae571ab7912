"""One trace from the form to the mail, through the real stages: headers, log lines, and spans at a collector."""

import json
from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from pipeline.kafka.connection import Connection
from tests.agents.events import case, report
from tests.agents.installing import installation
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.tracing.collector import Collector, collector

STAGES = ("intake", "casework", "routing", "delivery")
WAY = ["delivery result", "delivery intended", "delivery", "routing", "casework", "intake"]
SENDERS_SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def traced(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Collector]]:
    """Both workers with a collector, and what it takes."""
    with collector() as sink:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with installation(connection, tmp_path_factory.mktemp("traced"), speed=30, more=more) as made:
            yield made, sink


def with_attributes(event: bytes, **attributes: object) -> bytes:
    """Returns the structured event with further attributes."""
    return json.dumps({**json.loads(event), **attributes}).encode()


def lines(running: Running) -> list[dict[str, object]]:
    """Every whole log line of both workers."""
    found = (line for line in running.logs.splitlines() if line.startswith("{") and line.endswith("}"))
    return [json.loads(line) for line in found]


def batches_of(running: Running, trace_id: str) -> set[object]:
    """The stages that have told of a batch with this trace."""
    told = [line for line in lines(running) if line["event"] == "batch"]
    return {line["stage"] for line in told if trace_id in str(line.get("trace_ids"))}


def way_up(spans: list[Span]) -> list[Span]:
    """Returns the spans from the mail's result up to the one whose parent is nobody's here."""
    known = {span.span_id: span for span in spans}
    results = [span for span in spans if span.name == WAY[0]]
    way = results[:1]
    while way and (above := known.get(way[-1].parent_span_id)) is not None:
        way.append(above)
    return way


async def test_a_report_and_its_mail_are_one_trace(traced: tuple[Running, Collector]) -> None:
    """The sender's trace id stands in the log lines of all four stages and on all their records; the spans are a chain
    from the sender's span to the mail's result. A header of the sender's own is on none of them.
    """
    running, sink = traced
    trace_id, ref = "4bf92f3577b34da6a3ce929d0e0e4736", case("traced")
    event = with_attributes(report("traced"), traceparent=f"00-{trace_id}-{SENDERS_SPAN}-01", tracestate="vendor=Anna")
    async with Watch(running) as watch:
        headers = (*STRUCTURED, ("x-clerk", b"Anna"))
        await running.send([(running.topics.reports, event, headers)])
        await watch.until(lambda: bool(watch.sent(ref)))
        await watch.until(lambda: [span.name for span in way_up(sink.of(trace_id))] == WAY)
        await watch.until(lambda: batches_of(running, trace_id) == set(STAGES))
        await watch.abreast()
        topics = running.topics
        beyond = [one for one in watch.everything if one.topic != topics.reports and not one.internal]
        carried = {one.topic for one in beyond if any(trace_id.encode() in value for _, value in one.headers)}
        names = {name for one in beyond for name, _ in one.headers}
    assert carried == {topics.facts, topics.cases, topics.chains, topics.alerts, topics.deliveries, topics.receipts}
    assert names == {"traceparent"}

    way = way_up(sink.of(trace_id))
    assert way[-1].parent_span_id.hex() == SENDERS_SPAN
    outcomes = [{one.key: one.value.string_value for one in span.attributes}["outcome"] for span in (way[0], way[-1])]
    assert outcomes == ["delivered", "admitted"]
    for span in sink.of(trace_id):
        assert {one.key for one in span.attributes} == {"stage", "partition", "outcome"}
        assert span.end_time_unix_nano >= span.start_time_unix_nano > 0

    told = lines(running)
    for event_name in ("case", "delivery"):
        mine = [line for line in told if line["event"] == event_name and line.get("reference") == ref]
        assert trace_id in {line["trace_id"] for line in mine}
        assert all(line.get("trace_id") for line in mine)
    assert not [line for line in told if line["event"] == "batch" and not line["trace_ids"]]
    assert {len(str(line["batch_id"])) for line in told if line["event"] == "batch"} == {8}


async def test_a_malformed_context_starts_a_new_trace_and_refuses_nothing(traced: tuple[Running, Collector]) -> None:
    """A report is accepted with any traceparent; a plain Kafka header is followed where the event has none."""
    running, sink = traced
    ignored, followed = "00000000000000000000000000000000", "0af7651916cd43dd8448eb211c80319c"
    plain = ("traceparent", f"00-{followed}-b7ad6b7169203331-01".encode())
    bad = with_attributes(report("bad-context"), traceparent=f"00-{ignored}-{SENDERS_SPAN}-01", tracestate=[5])
    async with Watch(running) as watch:
        positions = await running.send(
            [
                (running.topics.reports, bad, STRUCTURED),
                (running.topics.reports, report("plain-header"), (*STRUCTURED, plain)),
                (running.topics.reports, report("torn")[:-40], (*STRUCTURED, plain)),
            ]
        )
        receipts = await watch.answers(*positions)
        assert [one.outcome for one in receipts] == ["accepted", "accepted", "rejected"]
        await watch.until(lambda: len([one for one in sink.of(followed) if one.name == "intake"]) == 2)
    mine = [line for line in lines(running) if line["event"] == "case" and line["reference"] == case("bad-context")]
    assert mine
    for line in mine:
        assert len(str(line["trace_id"])) == 32
        assert line["trace_id"] not in (ignored, followed)


async def test_a_collector_that_hangs_disturbs_neither_the_way_nor_the_stop(traced: tuple[Running, Collector]) -> None:
    """Reports become mails as before, and both workers end by themselves with 0 within a graceful stop's budget."""
    running, sink = traced
    before = sink.asked
    sink.answers.clear()
    async with Watch(running) as watch:
        for name in ("hanging-1", "hanging-2"):
            await running.report(report(name))
            await watch.until(lambda name=name: bool(watch.sent(case(name))))  # type: ignore[misc]
            await watch.until(lambda: sink.asked > before)  # a request is under way when the second one comes
    running.stop()
    assert [worker.process.returncode for worker in running.workers.values()] == [0, 0]
    assert "the collector did not take the last spans in time" in running.logs
