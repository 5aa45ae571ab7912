"""What a timer does, hours after the report: a trace of its own, linked to the report's, in its spans and log lines."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import structlog
from pydantic import JsonValue
from structlog.typing import EventDict

from agents.origins import origin_of, origin_of_row
from pipeline.settings import Settings
from pipeline.tracing.spans import Span, record_with
from schemas.facts import FactKind
from tests.agents.events import DPO, LETTER, act, case, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.test_outage import grave
from tests.delivery.world import World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AFTER_A_DAY = MONDAY + timedelta(hours=24, minutes=1)
CIRCUMSTANCES = cast("dict[str, JsonValue]", LETTER["circumstances"])
SENDERS = "4bf92f3577b34da6a3ce929d0e0e4736"
WAY = ["casework timer", "routing", "delivery", "delivery intended", "delivery result"]


@pytest.fixture
def spans() -> Iterator[list[Span]]:
    """Every span that the stages record."""
    found: list[Span] = []
    record_with(found.append)
    yield found
    record_with(None)


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """Every line that the stages log, with what was bound to it."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as found:
        yield found


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))


def sent(event: bytes, trace_id: str) -> bytes:
    """Returns the event as a sender's whose own span began the trace."""
    return json.dumps({**json.loads(event), "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}).encode()


def below(span: Span, spans: list[Span]) -> list[Span]:
    """Returns the spans that follow from one, itself first."""
    found = [span]
    for one in found:
        found += [other for other in spans if other.parent is not None and other.parent == one.trace]
    return found


async def test_a_rung_begins_a_trace_that_points_to_the_reports(spans: list[Span], lines: list[EventDict]) -> None:
    """A day later: the rung, the alert and its mail are one trace, linked to intake's span in the sender's; the line
    about the rung and the one about the mail carry the rung's.
    """
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(sent(report("traced"), SENDERS))
        await world.until(AFTER_A_DAY.timestamp())
    ref = case("traced")
    (intake,) = [span for span in spans if span.name == "intake"]
    assert intake.trace.trace_id == SENDERS

    (told,) = [line for line in lines if line["event"] == "rungs" and line["cases"] == {ref: ["plus_24h"]}]
    (rung,) = [span for span in spans if span.trace.trace_id == told["trace_id"] and span.name == "casework timer"]
    assert (rung.parent, rung.links) == (None, (intake.trace,))
    assert rung.trace.trace_id != SENDERS
    assert list(dict.fromkeys(span.name for span in below(rung, spans))) == WAY

    mails = [line for line in lines if line["event"] == "delivery" and line["reference"] == ref]
    assert told["trace_id"] in {line["trace_id"] for line in mails}
    timers = [span for span in spans if span.name.endswith(" timer")]
    assert {span.links for span in timers} == {(intake.trace,)}  # routing's, of an alert nobody acknowledged, too
    assert {span.name for span in timers} == {"casework timer", "routing timer"}
    assert len({span.trace.trace_id for span in timers}) == len(timers)


async def test_rungs_of_one_batch_are_traces_apart(spans: list[Span], lines: list[EventDict]) -> None:
    """Cases that wake together share a batch and its id, and nothing else: each points to its own report."""
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        names = [f"one-of-many-{number}" for number in range(30)]
        world.report(*(sent(report(name), f"{number:032x}".replace("0", "a")) for number, name in enumerate(names)))
        await world.until(MONDAY.timestamp() + 60)
        world.asleep(AFTER_A_DAY.timestamp())
        await world.until(AFTER_A_DAY.timestamp() + 1)
    together = [line for line in lines if line["event"] == "rungs" and len(line["cases"]) > 1]
    assert together
    for line in together:
        assert len(line["batch_id"]) == 8
        assert "trace_id" not in line
        assert set(line["traces"]) == set(line["cases"])
    ids = {
        ref: trace_id for line in lines if line["event"] == "rungs" for ref, trace_id in line.get("traces", {}).items()
    }
    assert len(set(ids.values())) == len(ids)
    origins = {span.trace.trace_id: span.links for span in spans if span.name == "casework timer"}
    for number, name in enumerate(names):
        if (trace_id := ids.get(case(name))) is not None:
            (origin,) = origins[trace_id]
            assert origin.trace_id == f"{number:032x}".replace("0", "a")


async def test_a_repeated_attempt_points_to_its_alert(spans: list[Span], lines: list[EventDict]) -> None:
    """A result that was lost: the timer's second attempt has no parent, and a link to where the alert was taken."""
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.loses_results = True
        world.report(sent(report("repeated", grave()), SENDERS))
        await world.until(MONDAY.timestamp() + 300)
    taken = {span.trace for span in spans if span.name == "delivery"}
    repeats = [span for span in spans if span.name == "delivery intended" and span.parent is None]
    assert repeats
    for span in repeats:
        assert len(span.links) == 1
        assert set(span.links) <= taken


async def test_only_reports_keep_their_place(spans: list[Span], lines: list[EventDict]) -> None:
    """An act, and what the machine adds, have no part in how a case began. A case from before traces were kept has no
    origin and needs none; a sender's own words are no origin.
    """
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        words = '"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"'
        world.report(report("kept", {**LETTER, "circumstances": {**CIRCUMSTANCES, "description": words}}))
        await world.until(MONDAY.timestamp() + 60)
        world.acts(act("acknowledge", case("kept"), DPO))
        await world.until(AFTER_A_DAY.timestamp())
    record = world.case(case("kept"))
    kept = {fact.kind: fact.traceparent for fact in record.facts}
    assert {FactKind.REPORT_RECEIVED, FactKind.ALERT_ACKNOWLEDGED, FactKind.RUNG_REACHED} <= set(kept)
    intake = next(span for span in spans if span.name == "intake")
    assert {kind for kind, place in kept.items() if place is not None} == {FactKind.REPORT_RECEIVED}
    assert origin_of(record) == origin_of_row(record.encode()) == intake.trace

    bare = record.model_copy(
        update={"facts": tuple(fact.model_copy(update={"traceparent": None}) for fact in record.facts)}
    )
    assert words.replace('"', '\\"').encode() in bare.encode()
    assert origin_of(bare) is origin_of_row(bare.encode()) is None
