"""The page's two views of Kafka, on the real broker: cases fresh at each look, acts acknowledged before a word is said."""

import asyncio
import contextlib
import secrets
import time
from pathlib import Path

import pytest

from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.ports import free_port
from pipeline.kafka.reading import Tail, read_topics
from pipeline.kafka.records import Outgoing, Seen
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.tracing.context import follow, read
from pipeline.web.caselog import CaseLog, KafkaUnreachable
from pipeline.web.intake import KafkaIntake
from schemas.case import CaseRecord, Status
from schemas.receipt import IngressOutcome, Receipt
from schemas.row_version import UnreadVersion
from tests.cases import scene as cases
from tests.web.scene import DPO, T0, Page, grave, text_of

PATIENCE_S = 90.0


async def put(connection: Connection, topic: str, value: bytes | None, reference: str = cases.REFERENCE) -> None:
    """Writes one row of the cases topic where casework would."""
    await send(connection, [Outgoing(topic, value, key=reference.encode())])


async def reached(log: CaseLog) -> CaseRecord:
    """Looks until there is a case; a look that ends without an answer is done again while the patience lasts."""
    found, deadline = None, time.monotonic() + PATIENCE_S
    while found is None:
        assert time.monotonic() < deadline
        with contextlib.suppress(KafkaUnreachable):
            found = await log.case(cases.REFERENCE)
    return found


async def answered(log: CaseLog) -> None:
    """Looks whether the reader sees everything until it does, while the patience lasts."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await log.look()
        except KafkaUnreachable:
            assert time.monotonic() < deadline


async def test_a_look_sees_what_was_written_before_it(connection: Connection, topics: Topics) -> None:
    """Present, changed, erased: each look is not older than the question, without a wait; facts are left behind."""
    record = grave()
    await put(connection, topics.cases, record.encode())
    async with CaseLog(connection, topics.cases, budget_s=PATIENCE_S) as log:
        seen = await log.case(cases.REFERENCE)
        assert seen is not None
        assert (seen.outcome, seen.clocks, seen.facts) == (record.outcome, record.clocks, ())
        for status in (Status.CLOSED, Status.OPEN) * 3:
            await put(connection, topics.cases, record.model_copy(update={"status": status}).encode())
            again = await log.case(cases.REFERENCE)
            assert again is not None
            assert again.status is status
        await put(connection, topics.cases, None)
        assert await log.case(cases.REFERENCE) is None


async def test_a_reader_that_lags_shows_nothing_old(
    connection: Connection, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the reader is behind the topic's end a look says unreachable; then it says what is true."""
    gate, more = asyncio.Event(), Tail.more

    async def held(self: Tail, *, wait_s: float = 0.2) -> list[Seen]:
        found = await more(self, wait_s=wait_s)
        await gate.wait()
        return found

    monkeypatch.setattr(Tail, "more", held)
    gate.set()
    await put(connection, topics.cases, grave().encode())
    async with CaseLog(connection, topics.cases, budget_s=1) as log:
        await reached(log)  # opening may take longer than the budget of this test
        gate.clear()
        await put(connection, topics.cases, grave().model_copy(update={"status": Status.CLOSED}).encode())
        with pytest.raises(KafkaUnreachable):
            await log.case(cases.REFERENCE)
        with pytest.raises(KafkaUnreachable):
            await log.look()
        gate.set()
        await answered(log)
        seen = await reached(log)
        assert seen.status is Status.CLOSED


async def test_what_is_no_case_for_readers_is_not_shown(connection: Connection, topics: Topics) -> None:
    """An act that waits for its report, and the engine's own rows."""
    awaited = cases.Desk().take(cases.acknowledge(T0)).case
    assert awaited.kind == "awaited"
    await put(connection, topics.cases, awaited.encode())
    await send(connection, [Outgoing(topics.cases, b"\x01\x02", key=b"\x00position")])
    async with CaseLog(connection, topics.cases, budget_s=PATIENCE_S) as log:
        assert await log.case(cases.REFERENCE) is None
        await put(connection, topics.cases, grave().encode())
        assert await log.case(cases.REFERENCE) is not None


async def test_a_row_of_tomorrow_is_refused_in_the_words_of_every_reader(
    connection: Connection, topics: Topics
) -> None:
    """Whatever it holds: not as JSON, not as a case. Its neighbours are shown, and so is it when it can be read again."""
    tomorrow, other = b'{"schema_version":"2027-03-01","kind":"producer","clocks":', "657-00000-00000-0"
    await put(connection, topics.cases, grave().encode())
    await put(connection, topics.cases, grave().encode(), other)
    await put(connection, topics.cases, tomorrow)
    async with CaseLog(connection, topics.cases, budget_s=PATIENCE_S) as log:
        with pytest.raises(UnreadVersion) as refused:
            await log.case(cases.REFERENCE)
        assert str(refused.value).startswith(
            f"the row of {cases.REFERENCE} has schema version 2027-03-01, and this Brudvagt reads 2026-11-01"
        )
        assert await log.case(other) is not None
        await put(connection, topics.cases, grave().encode())
        assert await log.case(cases.REFERENCE) is not None
        await put(connection, topics.cases, tomorrow)
        await put(connection, topics.cases, None)
        assert await log.case(cases.REFERENCE) is None


async def test_the_reader_outlives_what_is_missing(connection: Connection) -> None:
    """Started before its topic exists it says unreachable, and finds the case once there is one: no restart."""
    later = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=4, replication=1)
    async with CaseLog(connection, later.cases, budget_s=0.5) as log:
        with pytest.raises(KafkaUnreachable):
            await log.case(cases.REFERENCE)
        await admin.create(connection, later.specs())
        await put(connection, later.cases, grave().encode())
        await reached(log)


async def test_a_press_of_the_button_lies_on_the_actions_topic(
    connection: Connection, topics: Topics, keys: Path
) -> None:
    """The act lies on the topic when the page answers; with its receipt the page says registered."""
    page = Page(keys, intake=KafkaIntake(connection, topics, receipt_budget_s=PATIENCE_S))
    pressed = asyncio.create_task(page.post("acknowledge"))
    deadline = time.monotonic() + PATIENCE_S
    while not (acts := await read_topics(connection, [topics.actions])):
        assert time.monotonic() < deadline
    (act,) = acts
    content_type, (name, traceparent) = act.headers
    assert content_type == ("content-type", b"application/cloudevents+json")
    assert (name, read(traceparent) is None) == ("traceparent", False)
    assert b'"dk.brudvagt.act.acknowledge"' in (act.value or b"")
    assert page.links.token(DPO).encode() not in (act.value or b"")
    other, ours = (
        Receipt(
            outcome=outcome,
            topic=topics.actions,
            partition=act.partition,
            offset=act.offset + step,
            received_at=T0,
        )
        for outcome, step in ((IngressOutcome.REJECTED, 1), (IngressOutcome.ACCEPTED, 0))
    )
    await send(connection, [Outgoing(topics.receipts, one.encode()) for one in (other, ours)])
    answer = await pressed
    assert answer.status_code == 200
    assert "er registreret i sagen" in text_of(answer)


async def test_without_a_receipt_the_act_is_kept_and_nothing_more_is_said(
    connection: Connection, topics: Topics
) -> None:
    """No worker: the broker has the act, and there is no receipt."""
    assert (
        await KafkaIntake(connection, topics, send_budget_s=PATIENCE_S, receipt_budget_s=0.1).submit(
            b"{}", follow(None)
        )
        is None
    )
    assert len(await read_topics(connection, [topics.actions])) == 1


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # aiokafka leaves a producer's socket to the collector
async def test_an_unreachable_kafka_is_noticed(topics: Topics) -> None:
    """Nobody listens: a look and an act both say so within their budget."""
    nowhere = Connection(servers=(f"127.0.0.1:{free_port()}",))
    began = time.monotonic()
    async with CaseLog(nowhere, topics.cases, budget_s=1) as log:
        with pytest.raises(KafkaUnreachable):
            await log.case(cases.REFERENCE)
    with pytest.raises(KafkaUnreachable):
        await KafkaIntake(nowhere, topics, send_budget_s=1, receipt_budget_s=1).submit(b"{}", follow(None))
    assert time.monotonic() - began < 35  # without a budget aiokafka takes 40 s
