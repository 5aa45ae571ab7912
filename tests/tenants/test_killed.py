"""kill -9 on a real Kafka while three municipalities report, two of them by topics of their own."""

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_table, read_topics
from pipeline.kafka.sending import Position
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from schemas.receipt import IngressOutcome, Receipt
from tests.agents.events import case, report
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.tenants.test_joining import apart, until_none

HERE, THERE, ELSEWHERE = "657", "740", "167"
KILLS = 2
PORTION = 60  # reports around each kill, and after the last
BURST = 6


@pytest.fixture
def running(connection: Connection, tmp_path: Path) -> Iterator[Running]:
    """Intake and casework, ready; they die."""
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=2, replication=1, tenants=(HERE, THERE))
    asyncio.run(admin.create(connection, topics.specs()))
    with MailSink(tmp_path / "mail") as sink:
        made = Running(connection, topics, Clock.real(), tmp_path, sink)
        try:
            made.start("casework")
            made.await_ready()
            yield made
        finally:
            made.stop()


@pytest.mark.timeout(300)
async def test_kills_lose_no_report_and_double_none_on_own_topics(running: Running) -> None:
    """Every record has its one receipt, on the platform's topic and on the own one by which it came; every report its case;
    each copy is the platform's rows.
    """
    numbers, sent = itertools.count(), dict[Position, str]()
    async with Watch(running) as watch:
        for _ in range(KILLS):
            seen = len(watch.receipts)
            flow = asyncio.create_task(tell(running, numbers, sent))
            await watch.until(lambda seen=seen: len(watch.receipts) > seen + BURST)  # type: ignore[misc]
            running.kill("casework")
            await flow  # nobody works, and reports come in
            running.start("casework")
        await asyncio.to_thread(running.await_ready)
        await tell(running, numbers, sent)
        await watch.until(lambda: len(watch.receipts) >= len(sent) and set(sent.values()) <= watch.cases.keys())
        await until_none(lambda: apart(running, HERE))
        await until_none(lambda: apart(running, THERE))
        await watch.abreast()

    assert len(sent) == (KILLS + 1) * PORTION
    topics = running.topics
    for receipts, ingress in (
        (topics.receipts, {topics.reports, topics.of(HERE).reports, topics.of(THERE).reports}),
        (topics.of(HERE).receipts, {topics.of(HERE).reports}),
        (topics.of(THERE).receipts, {topics.of(THERE).reports}),
    ):
        told = [
            Receipt.model_validate_json(one.value or b"") for one in await read_topics(running.connection, [receipts])
        ]
        assert Counter((one.topic, one.partition, one.offset) for one in told) == Counter(
            position for position in sent if position[0] in ingress
        )
        assert {one.outcome for one in told} == {IngressOutcome.ACCEPTED}
    cases = await read_table(running.connection, topics.cases)
    assert {key.decode() for key in cases} == set(sent.values())
    for kommunekode in (HERE, THERE):
        copy = await read_table(running.connection, topics.of(kommunekode).cases)
        assert copy == {key: row for key, row in cases.items() if key.startswith(kommunekode.encode())}
        assert len(copy) == len(sent) / 3


async def tell(running: Running, numbers: Iterator[int], sent: dict[Position, str]) -> None:
    """Sends a portion of reports in bursts, a third of them by each way; notes where each lies and which case it is."""
    topics = running.topics
    ways = ((HERE, topics.of(HERE).reports), (THERE, topics.of(THERE).reports), (ELSEWHERE, topics.reports))
    for _ in range(0, PORTION, BURST):
        burst = [(code, topic, f"k-{next(numbers)}") for _ in range(BURST // len(ways)) for code, topic in ways]
        records = [(topic, report(name, municipality=code), STRUCTURED) for code, topic, name in burst]
        places = await running.send(records)
        sent.update(zip(places, (case(name, code) for code, _, name in burst), strict=True))
