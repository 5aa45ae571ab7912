"""The heartbeat beside the real pipeline: every beat goes all the way, and nobody but operations ever sees one."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import Tail, read_table
from pipeline.kafka.sending import Position
from schemas.heartbeat import TENANT, is_beat
from schemas.receipt import Receipt
from tests.agents.events import case, report
from tests.agents.installing import installation
from tests.agents.running import STOP_BUDGET_S, Running, Worker
from tests.agents.watch import Watch
from tests.heartbeat.pages import Page, page, until, value

BEATS = 3
EVERY_S = 2.0
"""Ten of them later a beat is given up: on a busy machine one took over five seconds."""

ERASED_BUDGET_S = 240.0
STEP_AT = "brudvagt_heartbeat_step_timestamp_seconds"
CASES = "brudvagt_audit_cases"


@pytest.fixture(scope="module")
def beating(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A pipeline with a heart that beats every EVERY_S and an auditor; real time, as everywhere outside the demo."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BRUDVAGT_HEARTBEAT_INTERVAL_S", str(EVERY_S))
        environment.setenv("BRUDVAGT_AUDIT_INTERVAL_S", "0.5")
        with installation(connection, tmp_path_factory.mktemp("beating"), speed=1) as running:
            running.start("heartbeat")
            running.start("auditor")
            running.await_ready()
            yield running


def _sent(found: Page) -> float:
    return found.get(("brudvagt_deliveries_total", frozenset({("channel", "mail"), ("status", "sent")})), 0.0)


def _raised(found: Page) -> float:
    return sum(number for (name, _), number in found.items() if name == "brudvagt_alerts_total")


def _beats(found: Page) -> float:
    return value(found, "brudvagt_heartbeats_total", state="acknowledged")


def test_a_beat_travels_the_whole_chain_and_is_erased(beating: Running) -> None:
    """Each step is timed; the rung's own two seconds are in the whole, so a real timer has rung."""
    heart = beating.workers["heartbeat"]
    found = until(heart, lambda one: _beats(one) >= BEATS and value(one, STEP_AT, step="erased") > 0)
    assert value(found, "brudvagt_heartbeat_last_success_timestamp_seconds") > 0
    assert value(found, "brudvagt_heartbeat_duration_seconds_count") >= BEATS
    assert value(found, "brudvagt_heartbeat_duration_seconds_bucket", le="1.0") == 0
    assert value(found, "brudvagt_heartbeat_interval_seconds") == EVERY_S
    steps = ("case", "rung", "alert", "delivered", "acknowledged")
    assert all(value(found, STEP_AT, step=step) > 0 for step in steps)
    assert value(found, "brudvagt_heartbeats_total", state="abandoned") == 0


def test_a_beats_line_has_the_trace_of_its_report(beating: Running) -> None:
    """The same id stands in casework's line about its case: where a beat was slow is found by it."""
    until(beating.workers["heartbeat"], lambda one: _beats(one) >= 1)
    told = [line for line in _lines(beating.workers["heartbeat"]) if line["event"] == "beat"]
    cases = {
        (line["reference"], line["trace_id"]) for line in _lines(beating.workers["casework"]) if line["event"] == "case"
    }
    assert told
    for line in told:
        assert (line["reference"], line["trace_id"]) in cases


def test_no_beat_reaches_a_person_a_register_or_a_statistic(beating: Running) -> None:
    """A real report beside many beats: the lists, the counters, the audit and the mailbox know of the report alone."""
    position = asyncio.run(beating.report(report("one")))[0]
    asyncio.run(_told(beating, case("one")))
    until(beating.workers["heartbeat"], lambda one: _beats(one) >= BEATS)

    listed = json.loads(beating.command("cases", "--all", "--json").stdout)
    assert [one["reference"] for one in listed] == [case("one")]

    counted = page(beating.workers["casework"])
    assert value(counted, "brudvagt_ingress_outcomes_total", outcome="accepted") == 1
    assert sum(number for (name, _), number in counted.items() if name == "brudvagt_cases_open") == 1
    assert sum(number for (name, _), number in counted.items() if name == "brudvagt_cases_opened_total") == 1
    assert sum(number for (name, _), number in counted.items() if name == "brudvagt_reports_received_total") == 1
    for act in ("acknowledge", "advise", "decide", "submit"):  # each beat is acknowledged, the report never
        assert value(counted, f"brudvagt_time_to_{act}_seconds_count") == 0
    assert value(counted, "brudvagt_rung_lateness_seconds_count") == 1  # the report's opening; each beat had one, too
    for role in ("casework", "alerting", "auditor"):
        assert not any(("municipality", TENANT) in labels for _, labels in page(beating.workers[role]))
    told = until(beating.workers["alerting"], lambda one: _sent(one) == _raised(one) >= 1)  # the last mail is under way
    assert not any(("channel", "heartbeat") in labels for _, labels in told)

    mails = [path.read_text() for path in (beating.directory / "mail").glob("*.eml")]
    assert mails
    assert not any(f"{TENANT}-" in mail for mail in mails)

    audited = until(beating.workers["auditor"], lambda one: value(one, CASES, state="all") == 1)
    assert value(audited, "brudvagt_audit_balance_records", part="received") == 1
    assert value(audited, "brudvagt_audit_last_run_timestamp_seconds") > 0
    assert sum(number for (name, _), number in audited.items() if name == "brudvagt_audit_findings") == 0
    assert 0 < value(audited, "brudvagt_broker_disk_free_ratio", broker="1") <= 1
    assert position[0] == beating.topics.reports


def test_a_forms_mistake_does_not_vanish_into_the_heartbeats_tenant(beating: Running) -> None:
    """999 from anybody else is refused, opens a case that has a person, and the auditor counts it."""
    position = asyncio.run(beating.report(report("lost", municipality=TENANT)))[0]
    receipt = asyncio.run(_receipt(beating, position))
    assert receipt.outcome == "rejected"
    assert receipt.problems[0].path == "/municipality"
    assert receipt.references[0].startswith("000-")
    until(beating.workers["auditor"], lambda one: value(one, CASES, state="all") == 2)
    assert value(page(beating.workers["auditor"]), "brudvagt_dead_letters_open") == 1


def test_a_heart_that_was_killed_leaves_nothing_behind(beating: Running) -> None:
    """The next heart closes and erases what it finds; and one that is told to stop ends with 0."""
    heart = beating.workers["heartbeat"]
    until(heart, lambda one: value(one, "brudvagt_heartbeat_outstanding") > 0)
    beating.kill("heartbeat")
    left = asyncio.run(_left(beating))
    beating.start("heartbeat")
    asyncio.run(_erased(beating, left))
    ended = beating.workers["heartbeat"].process
    ended.terminate()
    assert ended.wait(STOP_BUDGET_S) == 0


def _lines(worker: Worker) -> list[dict[str, str]]:
    found = (line for line in worker.log.read_text().splitlines() if line.startswith("{") and line.endswith("}"))
    return [json.loads(line) for line in found]


async def _told(running: Running, reference: str) -> None:
    async with Watch(running) as watch:
        await watch.until(lambda: bool(watch.sent(reference)))


async def _receipt(running: Running, position: Position) -> Receipt:
    async with Watch(running) as watch:
        return (await watch.answers(position))[0]


async def _left(running: Running) -> set[bytes]:
    """Returns the beats that stand in the table, once any does: the last of a dead heart's may be on its way there."""
    deadline = time.monotonic() + ERASED_BUDGET_S
    while not (
        found := await read_table(running.connection, running.topics.cases, of=lambda key: is_beat(key.decode()))
    ):
        assert time.monotonic() < deadline, running.logs[-4000:]
    return set(found)


async def _erased(running: Running, left: set[bytes]) -> None:
    gone, last, deadline = set[bytes](), dict[bytes, bytes](), time.monotonic() + ERASED_BUDGET_S
    async with Tail(running.connection, [running.topics.cases], from_start=True) as tail:
        while left - gone:
            rows = [(seen.key, seen.value) for seen in await tail.more() if seen.key is not None]
            gone |= {key for key, row in rows if row is None}
            last |= {key: row for key, row in rows if row is not None}
            assert time.monotonic() < deadline, {key: last.get(key, b"")[:200] for key in left - gone}
