"""One municipality's user cannot read or write another's: on a real broker with authorisation on, by the generated ACLs."""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.reading import read_table, read_topics
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import Position, send
from pipeline.kafka.tenants import TenantTopics
from pipeline.kafka.topics import Topics
from pipeline.kubernetes.users import kafka_user, tenant_user, users, vendor_of
from pipeline.tenants.rejoin import rejoin
from pipeline.tenants.unhandled import unhandled
from pipeline.timebase import Clock
from schemas.receipt import IngressOutcome, Receipt
from tests.agents.events import act, case, report
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.cli.terminal import Terminal
from tests.deploy.manifests import ROOT
from tests.kafka.authorised import Authorised, authorised_broker
from tests.kafka.probe import Isolation, read_all

HERE, THERE = "657", "740"
TOPICS = Topics(partitions=2, replication=1, tenants=(HERE, THERE))
OWN, OTHERS = TOPICS.of(HERE), TOPICS.of(THERE)
VISIBLE_BUDGET_S = 150.0
MINE = {OWN.reports: "write", OWN.actions: "write", OWN.cases: "read", OWN.receipts: "read"}

pytestmark = pytest.mark.timeout(300)  # a broker and a worker start, also on a busy machine


@pytest.fixture(scope="module")
def kafka() -> Iterator[Authorised]:
    """A Kafka with two municipalities' own topics, and the rights that `python -m pipeline.kubernetes tenants` writes."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-tenants-", ignore_cleanup_errors=True) as directory,
        authorised_broker(Path(directory)) as running,
    ):
        asyncio.run(admin.create(running.above_all, TOPICS.specs()))
        for name, allowed in users(TOPICS, ROOT / "deploy").items():
            running.grant(kafka_user(name, allowed))
        yield running


async def test_the_restores_user_may_let_a_municipality_come_back(kafka: Authorised) -> None:
    """Before any worker: intake has read three acts of a topic that was made anew; a casework user may not write there."""
    read = b'{"v":1,"partitions":2,"positions":{"%s":3}}' % OTHERS.actions.encode()
    await send(kafka.above_all, [Outgoing(TOPICS.intake, read, b"\x00engine", 0)])
    with pytest.raises(BrokerError, match="TransactionalIdAuthorizationFailed"):
        await rejoin(kafka.connection("brudvagt-casework"), TOPICS)
    assert (await rejoin(kafka.connection("brudvagt-restore"), TOPICS))[OTHERS.actions] == 3
    assert await unhandled(kafka.above_all, TOPICS, (OTHERS.actions,)) == 0


@pytest.fixture(scope="module")
def running(kafka: Authorised, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Intake and casework, signed in as their own user; what a test reads of the platform's topics, it reads as super-user."""
    directory = tmp_path_factory.mktemp("tenants")
    with MailSink(directory / "mail") as sink:
        shared = Running(kafka.above_all, TOPICS, Clock.real(), directory, sink)
        try:
            url = {"BRUDVAGT_KAFKA_URL": kafka.url("brudvagt-casework")}
            replace(shared, more=url).start("casework")  # the workers are kept in common
            shared.await_ready()
            yield shared
        finally:
            shared.stop()


@pytest.fixture(scope="module")
def mine(kafka: Authorised) -> Connection:
    """The municipality's own user."""
    return kafka.connection(tenant_user(TOPICS, HERE))


async def tell(user: Connection, topic: str, *events: bytes) -> list[Position]:
    """Sends events as a municipality's own systems would."""
    return await send(user, [Outgoing(topic, event, headers=list(STRUCTURED)) for event in events])


async def answers(running: Running, positions: Sequence[Position]) -> list[Receipt]:
    """Waits for the receipts on the platform's topic."""
    async with Watch(running) as watch:
        return await watch.answers(*positions)


async def receipts(user: Connection, topic: str) -> dict[Position, Receipt]:
    """Reads an own receipts topic as its municipality would."""
    read = [Receipt.model_validate_json(seen.value or b"") for seen in await read_topics(user, [topic])]
    return {(one.topic, one.partition, one.offset): one for one in read}


async def until_none(differing: Callable[[], Awaitable[object]]) -> None:
    """Waits until nothing differs: a commit is answered before its markers are on every topic."""
    deadline = time.monotonic() + VISIBLE_BUDGET_S
    while found := await differing():
        assert time.monotonic() < deadline, found


async def test_its_user_reports_and_acts_and_reads_its_cases_and_receipts(running: Running, mine: Connection) -> None:
    """End to end through the real stages: its rows and receipts are the platform's, byte for byte; the other has its own."""
    other = running.connection
    told = await tell(mine, OWN.reports, report("one"), report("two"), report("one", number="again"))
    told += await tell(mine, OWN.actions, act("acknowledge", case("one")))
    told += await tell(other, OTHERS.reports, report("three", municipality=THERE))
    told += await tell(other, TOPICS.reports, report("four"), report("five", municipality=THERE))
    said = await answers(running, told)
    assert {one.outcome for one in said} == {IngressOutcome.ACCEPTED}
    assert [one.tenant for one in said] == [HERE, HERE, HERE, HERE, THERE, None, None]
    for user, own, expected in (
        (mine, OWN, {case("one"), case("two"), case("four")}),
        (other, OTHERS, {case("three", THERE), case("five", THERE)}),
    ):

        async def differing(user: Connection = user, own: TenantTopics = own, expected: set[str] = expected) -> object:
            whole = await read_table(running.connection, TOPICS.cases)
            rows = await read_table(user, own.cases)
            wanted = {key: value for key, value in whole.items() if key.decode() in expected}
            return rows.keys() ^ {one.encode() for one in expected} or {key for key in rows if rows[key] != wanted[key]}

        await until_none(differing)
    assert (await receipts(mine, OWN.receipts)).keys() == set(told[:4])
    assert (await receipts(other, OTHERS.receipts)).keys() == {told[4]}


async def test_its_user_may_read_in_a_group_of_its_name(running: Running, mine: Connection) -> None:
    """As its systems would, with positions kept by the broker; in another's group, or a stage's, it may not."""
    (position,) = await tell(mine, OWN.reports, report("grouped"))
    await answers(running, [position])
    reader = AIOKafkaConsumer(
        OWN.receipts, group_id=tenant_user(TOPICS, HERE), auto_offset_reset="earliest", **mine.client_kwargs()
    )
    await reader.start()
    try:
        assert OWN.receipts == (await reader.getone()).topic
        await reader.commit()
    finally:
        await reader.stop()
    for group in (tenant_user(TOPICS, THERE), "brudvagt.casework", "mine"):
        reader = AIOKafkaConsumer(OWN.receipts, group_id=group, **mine.client_kwargs())
        with pytest.raises(GroupAuthorizationFailedError):
            await reader.start()
        await reader.stop()


@pytest.mark.parametrize("spec", TOPICS.specs(), ids=lambda spec: spec.name)
async def test_its_user_may_do_on_each_topic_what_the_table_says_and_no_more(
    kafka: Authorised, mine: Connection, spec: object
) -> None:
    """Its own two it writes and does not read, its own two it reads and does not write; all others it does not even see."""
    name = spec.name  # type: ignore[attr-defined]
    if MINE.get(name) == "write":
        await tell(mine, name, b"{}")
    else:
        with pytest.raises(TopicAuthorizationFailedError):
            await tell(mine, name, b"{}")
    if MINE.get(name) == "read":
        await read_topics(mine, [name])
    elif MINE.get(name) == "write":
        with pytest.raises(TopicAuthorizationFailedError):
            await read_topics(mine, [name])
    else:
        with pytest.raises(LookupError):
            await read_topics(mine, [name])


async def test_its_user_and_its_vendor_begin_no_transaction(kafka: Authorised, mine: Connection) -> None:
    """Neither under a stage's id nor under one of their own."""
    for user in (mine, kafka.connection(vendor_of(HERE))):
        for name in ("brudvagt.casework-0", "brudvagt.intake-0", tenant_user(TOPICS, HERE)):
            producer = AIOKafkaProducer(transactional_id=name, **user.client_kwargs())
            with pytest.raises(TransactionalIdAuthorizationFailed):
                await producer.start()
            await producer.stop()


async def test_a_form_vendor_of_one_municipality_writes_its_reports_and_nothing_else(kafka: Authorised) -> None:
    """Not its acts, not the platform's reports, not another's; and it reads nothing."""
    vendor = kafka.connection(vendor_of(HERE))
    await tell(vendor, OWN.reports, report("by-vendor"))
    for spec in TOPICS.specs():
        if spec.name != OWN.reports:
            with pytest.raises(TopicAuthorizationFailedError):
                await tell(vendor, spec.name, b"{}")
            with pytest.raises(LookupError):
                await read_topics(vendor, [spec.name])
    with pytest.raises(TopicAuthorizationFailedError):
        await read_topics(vendor, [OWN.reports])


async def test_an_event_that_claims_another_municipality_opens_its_case_at_home(
    running: Running, mine: Connection
) -> None:
    """Rejected, with a receipt and a dead letter; the case is the topic's; nothing of it reaches the other."""
    before = await written(running, OTHERS.cases, OTHERS.receipts)
    lies = [report("lie", municipality=THERE), act("acknowledge", case("three", THERE), municipality=THERE)]
    told = [*await tell(mine, OWN.reports, lies[0]), *await tell(mine, OWN.actions, lies[1])]
    said = await answers(running, told)
    assert [one.outcome for one in said] == [IngressOutcome.REJECTED] * 2
    assert [[(p.code, p.path) for p in one.problems] for one in said] == [
        [("municipality_mismatch", "/municipality")],
        [("municipality_mismatch", "/municipality")],
    ]
    assert [(one.municipality, one.references) for one in said] == [(HERE, (case("lie"),)), (HERE, ())]
    async with Watch(running) as watch:
        await watch.until(lambda: case("lie") in watch.cases and len(watch.letters) >= 2)
        letters = {(one.topic, one.partition, one.offset): one for one in watch.letters}
    assert [letters[position].municipality for position in told] == [HERE, HERE]

    async def missing() -> object:
        rows, answered = await read_table(mine, OWN.cases), await receipts(mine, OWN.receipts)
        return {case("lie").encode()} - rows.keys() or set(told) - answered.keys()

    await until_none(missing)
    assert await written(running, OTHERS.cases, OTHERS.receipts) == before
    assert case("lie", THERE).encode() not in await read_table(running.connection, TOPICS.cases)


async def written(running: Running, *names: str) -> int:
    """Returns how many records lie on topics, committed or not."""
    return sum([len(await read_all(running.connection, name, Isolation.UNCOMMITTED)) for name in names])


def test_a_replay_stays_its_municipalitys(
    kafka: Authorised, running: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    """Mended it joins the case that its rejection opened, and is answered on its own topic; mended to another's, rejected."""
    mine = kafka.connection(tenant_user(TOPICS, HERE))
    lie = report("mended", municipality=THERE)
    (position,) = asyncio.run(tell(mine, OWN.reports, lie))
    asyncio.run(answers(running, [position]))
    url = {"BRUDVAGT_KAFKA_URL": kafka.url("brudvagt-operator")}
    operator = Terminal({**running.environment, **url}, monkeypatch, capsysbinary)
    where = "{}[{}]@{}".format(*position)
    outcomes = []
    for event in (report("mended"), report("mended", municipality=THERE, number="other")):
        (tmp_path / "event.json").write_bytes(event)
        said = operator("deadletters", "replay", where, "--with", str(tmp_path / "event.json"))
        match = re.match(r"replayed as (.+)\[(\d+)\]@(\d+); ", said.out)
        assert match is not None, said
        replayed = (match[1], int(match[2]), int(match[3]))
        (receipt,) = asyncio.run(answers(running, [replayed]))
        assert (receipt.tenant, receipt.references) == (HERE, (case("mended"),))

        async def missing(replayed: Position = replayed, receipt: Receipt = receipt) -> object:
            return (await receipts(mine, OWN.receipts)).get(replayed) != receipt

        asyncio.run(until_none(missing))
        outcomes.append(receipt.outcome)
    assert outcomes == [IngressOutcome.ACCEPTED, IngressOutcome.REJECTED]


def test_auditor_and_operator_see_the_own_topics(
    kafka: Authorised, running: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Each with its own rights: nothing to find in all of the above, nothing left over, nothing unhandled."""
    ingress = asyncio.run(read_topics(running.connection, TOPICS.ingress))
    asyncio.run(answers(running, [(one.topic, one.partition, one.offset) for one in ingress]))
    auditor, operator = (
        Terminal(
            {**running.environment, "BRUDVAGT_KAFKA_URL": kafka.url(f"brudvagt-{user}")}, monkeypatch, capsysbinary
        )
        for user in ("auditor", "operator")
    )
    (report_,) = auditor("audit", "--json").data
    assert report_["findings"] == []
    assert report_["figures"]["received"] == len(ingress) > 8  # type: ignore[index]
    assert operator("topics", "verify").status == 0

    async def waiting() -> object:
        return await unhandled(running.connection, TOPICS, TOPICS.ingress)

    asyncio.run(until_none(waiting))
    assert operator("tenants", "list", "--json").data == [
        {"kommunekode": HERE, "name": "Herning Kommune", "named": True, "unhandled": 0},
        {"kommunekode": THERE, "name": "Silkeborg Kommune", "named": True, "unhandled": 0},
    ]
    assert json.loads(operator("cases", "--all", "--json").out)
