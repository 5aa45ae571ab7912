"""A municipality gets topics of its own on an installation with cases, and cannot lose them by a setting alone."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.delivery.sink import MailSink
from pipeline.engine.fatal import EXIT_FATAL
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.reading import read_table
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.tenants.complete import MARK, complete, complete_anew
from pipeline.tenants.left import left
from pipeline.tenants.rejoin import rejoin
from pipeline.tenants.unhandled import unhandled
from pipeline.timebase import Clock
from schemas.receipt import IngressOutcome
from tests.agents.events import case, report
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.cli.terminal import Terminal
from tests.kafka.probe import read_all

HERE, THERE = "657", "740"
VISIBLE_BUDGET_S = 150.0


@pytest.fixture
def before(connection: Connection, tmp_path: Path) -> Iterator[Running]:
    """An installation in which nobody has topics of their own; no worker runs yet."""
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=2, replication=1)
    asyncio.run(admin.create(connection, topics.specs()))
    with MailSink(tmp_path / "mail") as sink:
        running = Running(connection, topics, Clock.real(), tmp_path, sink)
        try:
            yield running
        finally:
            running.stop()


def joined(running: Running, *tenants: str) -> Running:
    """Returns the same installation where these municipalities have topics of their own; they are created."""
    topics = replace(running.topics, tenants=tenants)
    asyncio.run(admin.create(running.connection, topics.specs()))
    return replace(running, topics=topics)


def started(running: Running) -> None:
    """Starts casework and waits until it is ready."""
    running.start("casework")
    running.await_ready()


async def told(running: Running, topic: str, *events: bytes) -> list[IngressOutcome]:
    """Sends events and returns their outcomes."""
    async with Watch(running) as watch:
        positions = await running.send([(topic, event, STRUCTURED) for event in events])
        return [one.outcome for one in await watch.answers(*positions)]


async def until_none(differing: Callable[[], Awaitable[object]]) -> None:
    """Waits until nothing differs: a commit is answered before its markers are on every topic."""
    deadline = time.monotonic() + VISIBLE_BUDGET_S
    while found := await differing():
        assert time.monotonic() < deadline, found


async def apart(running: Running, kommunekode: str) -> set[str]:
    """Returns the references of a municipality that are not on its own topic what they are on the platform's."""
    whole = await read_table(running.connection, running.topics.cases)
    copy = await read_table(running.connection, running.topics.of(kommunekode).cases)
    mine = {key: row for key, row in whole.items() if key.startswith(f"{kommunekode}-".encode())}
    assert copy.keys() <= {key for key in whole | copy if key.startswith(f"{kommunekode}-".encode())}
    return {key.decode() for key in mine.keys() | copy.keys() if mine.get(key) != copy.get(key)}


@pytest.mark.timeout(600)
def test_joining_and_leaving_a_running_installation(
    before: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The copy is complete before the first work; without the setting no worker starts, and nothing sent is lost."""
    started(before)
    events = (report("one"), report("two"), report("three", municipality=THERE))
    assert asyncio.run(told(before, before.topics.reports, *events)) == [IngressOutcome.ACCEPTED] * 3

    after = joined(before, HERE)
    refused = after.command("worker", "casework")
    assert refused.returncode == 1
    assert "stop every casework worker, then start them again" in refused.stderr.decode()

    before.stop()
    started(after)
    asyncio.run(until_none(lambda: apart(after, HERE)))
    assert (
        asyncio.run(told(after, after.topics.of(HERE).reports, report("two", number="more"), report("own")))
        == [IngressOutcome.ACCEPTED] * 2
    )
    asyncio.run(until_none(lambda: apart(after, HERE)))
    rows = asyncio.run(read_table(after.connection, after.topics.of(HERE).cases))
    assert rows.keys() == {case(name).encode() for name in ("one", "two", "own")}

    after.stop()
    ((topic, _, _),) = asyncio.run(
        send(after.connection, [Outgoing(after.topics.of(HERE).reports, report("unread"), headers=list(STRUCTURED))])
    )
    refused = before.command("worker", "casework")  # as a process: it would not end if it started
    assert refused.returncode == 1
    without = Terminal(before.environment, monkeypatch, capsysbinary)
    backup = str(after.directory / "backup")
    verified, exported = without("topics", "verify"), without("export", backup)
    assert (verified.status, exported.status) == (1, 1)
    for said in (refused.stderr.decode(), verified.out, exported.err):
        assert f"BRUDVAGT_TENANTS does not name {HERE}" in said
        assert topic in said
        assert "(1 records are not handled yet)" in said
    assert not Path(backup).exists()
    listed = without("tenants", "list", "--json")
    assert (listed.status, listed.data) == (
        1,
        [{"kommunekode": HERE, "name": "Herning Kommune", "named": False, "unhandled": 1}],
    )
    looked = {one["name"]: one["ok"] for one in without("doctor", "--json").data}
    assert looked["own topics"] is False

    started(after)  # the setting is put back: what waited is handled

    async def waits() -> bool:
        whole = await read_table(after.connection, after.topics.of(HERE).cases)
        return case("unread").encode() not in whole

    asyncio.run(until_none(waits))
    asyncio.run(until_none(lambda: apart(after, HERE)))


async def test_a_copy_is_completed_once_and_anew_on_demand(connection: Connection, before: Running) -> None:
    """What is missing is written, what is too much is deleted; a marked copy is left alone by a start."""
    topics = replace(before.topics, tenants=(HERE, THERE))
    await admin.create(connection, topics.specs())
    rows = {case(f"c-{number}", code).encode(): b'{"n":%d}' % number for number in range(12) for code in (HERE, THERE)}
    rows[case("elsewhere", "167").encode()] = b"{}"
    await send(connection, [Outgoing(topics.cases, value, key) for key, value in rows.items()])
    own = topics.of(HERE)
    wrong, gone = case("c-1").encode(), case("not-there").encode()
    await send(connection, [Outgoing(own.cases, b"old", wrong), Outgoing(own.cases, b"kept", gone)])

    assert await complete(connection, topics) == 12 + 1 + 12
    for kommunekode in topics.tenants:
        mine = {key: row for key, row in rows.items() if key.startswith(kommunekode.encode())}
        assert await read_table(connection, topics.of(kommunekode).cases) == mine
        marks = [one.partition for one in await read_all(connection, topics.of(kommunekode).cases) if one.key == MARK]
        assert sorted(marks) == [0, 1]
    placed = {one.key: one.partition for one in await read_all(connection, topics.cases)}
    copied = {one.key: one.partition for one in await read_all(connection, own.cases) if one.key in rows}
    assert copied == {key: placed[key] for key in copied}

    await send(connection, [Outgoing(own.cases, b"old", wrong)])
    assert await complete(connection, topics) == 0
    assert await complete_anew(connection, topics) == 1
    assert (await read_table(connection, own.cases))[wrong] == rows[wrong]


async def test_no_copy_is_completed_from_half_an_import(connection: Connection, before: Running) -> None:
    """Sealed tables hold what an import has brought so far: a mark over that would be a lie."""
    topics = replace(before.topics, tenants=(HERE,))
    await admin.create(connection, topics.specs())
    await send(
        connection, [Outgoing(topics.cases, b'{"v":1,"partitions":2,"positions":{},"sealed":true}', b"\x00engine", 0)]
    )
    with pytest.raises(TopicsError, match="run `brudvagt import` again"):
        await complete(connection, topics)
    assert [one.key for one in await read_all(connection, topics.of(HERE).cases)] == []


async def test_what_is_left_over_is_counted_by_what_intake_has_handled(connection: Connection, before: Running) -> None:
    """All that lies there where nobody ever read; each municipality by itself; another prefix's topics are not ours."""
    whole = replace(before.topics, tenants=(HERE, THERE))
    neighbour = replace(whole, prefix=f"{whole.prefix}x")
    await admin.create(connection, (*whole.specs(), *neighbour.specs()))
    own = whole.of(THERE)
    await send(
        connection, [Outgoing(topic, b"x", b"k") for topic in (own.reports, own.actions, own.actions, own.cases)]
    )
    assert [(one.kommunekode, one.unhandled) for one in await left(connection, before.topics)] == [
        (HERE, 0),
        (THERE, 3),
    ]
    (only,) = await left(connection, replace(whole, tenants=(HERE,)))
    assert (only.kommunekode, len(only.topics)) == (THERE, 4)
    assert await left(connection, whole) == []


@pytest.mark.timeout(600)
def test_rejoining_after_its_topics_were_deleted(before: Running) -> None:
    """Intake refuses what was made anew below its position; once lifted, what was sent before is a duplicate, what comes
    now is read, each is answered once, and the auditor finds no record without answer nor answer without record.
    """
    after = joined(before, HERE)
    started(after)
    own = after.topics.of(HERE)
    ours = [report("one"), report("two"), report("three")]
    assert asyncio.run(told(after, own.reports, *ours)) == [IngressOutcome.ACCEPTED] * 3
    after.stop()

    asyncio.run(deleted(after, own.reports, own.actions, own.receipts, own.cases))
    after = joined(before, HERE)
    after.start("casework")
    worker = after.workers["casework"]
    assert worker.process.wait(VISIBLE_BUDGET_S) == EXIT_FATAL
    assert "the topic was made anew" in worker.log.read_text()

    said = after.command("tenants", "rejoin")
    assert said.returncode == 0, said.stderr
    assert f"{own.reports} by 3 offsets" in said.stdout.decode()
    assert b"lifted: nothing" in after.command("tenants", "rejoin").stdout
    assert asyncio.run(unhandled(after.connection, after.topics, (own.reports, own.actions))) <= 1  # a marker
    started(after)
    outcomes = asyncio.run(told(after, own.reports, ours[0], report("four"), *(report(f"n-{n}") for n in range(6))))
    assert outcomes == [IngressOutcome.DUPLICATE, *[IngressOutcome.ACCEPTED] * 7]
    asyncio.run(until_none(lambda: apart(after, HERE)))
    rows = asyncio.run(read_table(after.connection, own.cases))
    assert len(rows) == 3 + 1 + 6
    after.stop()
    audited = after.command("audit", "--json")
    found = json.loads(audited.stdout)["findings"]
    assert {one["code"] for one in found} <= {"tenant_receipt_differs"}, found  # old answers, once they are not young


async def test_records_below_the_old_end_are_never_passed_over_in_silence(
    connection: Connection, before: Running
) -> None:
    """Somebody wrote before the topic was lifted: refused, with the place, and nothing is changed."""
    topics = replace(before.topics, tenants=(HERE,))
    await admin.create(connection, topics.specs())
    own = topics.of(HERE)
    ledger = b'{"v":1,"partitions":2,"positions":{"%s":5}}' % own.reports.encode()
    await send(connection, [Outgoing(topics.intake, ledger, b"\x00engine", 1), Outgoing(own.reports, b"x", b"k", 1)])
    with pytest.raises(TopicsError, match=rf"{own.reports} .* from offset 0 of partition 1 on"):
        await rejoin(connection, topics)
    assert [one.value for one in await read_all(connection, own.reports)] == [b"x"]


async def deleted(running: Running, *names: str) -> None:
    """Deletes topics, and waits until the cluster has forgotten them."""
    async with admin.admin_client(running.connection) as client:
        await client.delete_topics(list(names))

    async def there() -> set[str]:
        async with admin.admin_client(running.connection) as client:
            return set(names) & set(await client.list_topics())

    await until_none(there)
