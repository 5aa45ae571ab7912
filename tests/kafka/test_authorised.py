"""The ACLs of deploy/kubernetes on a real broker with authorisation on: enough for each process, too little for more."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError, TransactionalIdAuthorizationFailed

from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.reading import read_record
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.kubernetes.users import VENDOR, kafka_user, users
from pipeline.timebase import Clock
from pipeline.tracing.context import follow
from pipeline.web.caselog import CaseLog
from pipeline.web.intake import KafkaIntake, event
from tests.agents.events import case, report
from tests.agents.running import STRUCTURED, Running
from tests.cli.terminal import Terminal
from tests.deploy.manifests import ROOT, of_kind
from tests.heartbeat.pages import until, value
from tests.kafka.authorised import Authorised, authorised_broker

TOPICS = Topics(partitions=2, replication=1)
"""The names that the manifests name; their number of partitions has nothing to do with rights."""

pytestmark = pytest.mark.timeout(300)  # four processes start beside a broker, also on a busy machine

PROCESSES = ("casework", "alerting", "heartbeat", "auditor")
VISIBLE_BUDGET_S = 150.0


@pytest.fixture(scope="module")
def kafka() -> Iterator[Authorised]:
    """A Kafka with the topics, and exactly the rights of deploy/kubernetes/kafka/users.yaml."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-authorised-", ignore_cleanup_errors=True) as directory,
        authorised_broker(Path(directory)) as running,
    ):
        asyncio.run(admin.create(running.above_all, TOPICS.specs()))
        for user in of_kind("KafkaUser").values():
            running.grant(user)
        yield running


@pytest.fixture(scope="module")
def pipeline(kafka: Authorised, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """The four processes, each signed in as its own user, by name; and the operator, for commands."""
    directory = tmp_path_factory.mktemp("authorised")
    with pytest.MonkeyPatch.context() as environment, MailSink(directory / "mail") as sink:
        environment.setenv("BRUDVAGT_HEARTBEAT_INTERVAL_S", "1")
        environment.setenv("BRUDVAGT_AUDIT_INTERVAL_S", "1")
        shared = Running(kafka.above_all, TOPICS, Clock.real(), directory, sink)
        found = {
            role: replace(shared, more={"BRUDVAGT_KAFKA_URL": kafka.url(f"brudvagt-{role}")}, workers={})
            for role in (*PROCESSES, "operator")
        }
        try:
            for role in PROCESSES:
                found[role].start(role)
            for role in PROCESSES:
                found[role].await_ready()
            yield found
        finally:
            for one in found.values():
                one.stop()


def test_every_process_does_its_work_with_its_own_rights(pipeline: dict[str, Running]) -> None:
    """A beat travels from the ingress topic to its acknowledgement and erasure; the auditor has looked, at disks too."""
    heart = pipeline["heartbeat"].workers["heartbeat"]
    done = until(heart, lambda one: value(one, "brudvagt_heartbeat_step_timestamp_seconds", step="erased") > 0)
    assert value(done, "brudvagt_heartbeats_total", state="acknowledged") >= 1
    auditor = pipeline["auditor"].workers["auditor"]
    until(auditor, lambda one: any(name == "brudvagt_broker_disk_free_ratio" for name, _ in one))
    assert "no word of the topics' retention" not in auditor.log.read_text()
    for role in PROCESSES:
        log = pipeline[role].workers[role].log.read_text()
        assert "Authorization" not in log, f"{role}: {log[-4000:]}"


async def test_the_page_shows_a_case_and_sends_an_act_with_its_own_rights(
    kafka: Authorised, pipeline: dict[str, Running]
) -> None:
    """A vendor's report becomes a case that the page reads; the page's act gets its receipt."""
    await send(kafka.connection(VENDOR), [Outgoing(TOPICS.reports, report("rights"), headers=list(STRUCTURED))])
    own, reference = kafka.connection("brudvagt-web"), case("rights")
    deadline = time.monotonic() + VISIBLE_BUDGET_S
    async with CaseLog(own, TOPICS.cases, budget_s=VISIBLE_BUDGET_S) as cases:
        while (found := await cases.case(reference)) is None:
            assert time.monotonic() < deadline, pipeline["casework"].workers["casework"].log.read_text()[-4000:]
            await asyncio.sleep(0.05)  # between two looks; the deadline bounds them
    act = event("acknowledge", reference, found.municipality, {"by": {"role": "dpo"}}, "form-1")
    desk = KafkaIntake(own, TOPICS, send_budget_s=VISIBLE_BUDGET_S, receipt_budget_s=VISIBLE_BUDGET_S)
    receipt = await desk.submit(act, follow(None))
    assert receipt is not None
    assert receipt.topic == TOPICS.actions


def test_the_operators_commands_have_their_rights(
    pipeline: dict[str, Running], monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Topics, groups, cases, dead letters and receipts are there for the operator, and a report by hand is taken."""
    operator = Terminal(pipeline["operator"].environment, monkeypatch, capsysbinary)
    sent = operator("report", "-", stdin=report("by-hand"))
    assert (sent.status, sent.out) == (0, f"-: accepted {case('by-hand')}\n"), sent.err
    for asked in (["topics", "create"], ["topics", "verify"], ["stages"], ["deadletters", "list"]):
        said = operator(*asked)
        assert said.status == 0, (asked, said.out, said.err)
    listed = operator("cases", "--all", "--json").data
    assert case("by-hand") in [one["reference"] for one in listed]


def test_a_backup_is_the_operators_and_a_restore_takes_its_own_user(
    kafka: Authorised,
    pipeline: dict[str, Running],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """The operator exports. Into an empty installation beside it the operator may not import, and is told whom it takes;
    the user of the restore imports, topics and all.
    """
    file, rebuilt = str(tmp_path / "case-log"), Topics(prefix="rebuilt", partitions=3, replication=1)
    operator = Terminal(pipeline["operator"].environment, monkeypatch, capsysbinary)
    sent = operator("report", "-", stdin=report("to-be-restored"))
    assert sent.status == 0, sent.err
    exported = operator("export", file)
    assert exported.status == 0, exported.err
    for user, rights in users(rebuilt, ROOT / "deploy").items():
        if user in ("rebuilt-operator", "rebuilt-restore"):
            kafka.grant(kafka_user(user, rights))
    there = {**operator.environment, "BRUDVAGT_TOPIC_PREFIX": "rebuilt", "BRUDVAGT_PARTITIONS": "3"}
    theirs, own = (
        Terminal({**there, "BRUDVAGT_KAFKA_URL": kafka.url(user)}, monkeypatch, capsysbinary)
        for user in ("rebuilt-operator", "rebuilt-restore")
    )
    refused = theirs("import", file)
    assert (refused.status, "rebuilt-restore" in refused.err) == (1, True), refused.err
    restored = own("import", file)
    assert restored.status == 0, restored.err
    listed = theirs("cases", "--json").data
    assert case("to-be-restored") in [one["reference"] for one in listed]


async def test_a_form_vendor_writes_reports_and_nothing_else(kafka: Authorised) -> None:
    """A vendor's user reads nothing, not even reports; it sends no fact and no act, and begins no transaction."""
    vendor = kafka.connection(VENDOR)
    ((topic, partition, offset),) = await send(vendor, [Outgoing(TOPICS.reports, b"{}", partition=0)])
    assert (await read_record(kafka.above_all, topic, partition, offset)) is not None
    for spec in TOPICS.specs():
        if spec.name == TOPICS.reports:
            continue
        with pytest.raises(TopicAuthorizationFailedError):
            await send(vendor, [Outgoing(spec.name, b"{}", partition=0)])
        with pytest.raises(LookupError):  # the broker does not even tell that the topic exists
            await read_record(vendor, spec.name, 0, 0)
    with pytest.raises(TopicAuthorizationFailedError):
        await read_record(vendor, TOPICS.reports, 0, 0)
    for name in ("brudvagt.intake-0", "vendor"):
        producer = AIOKafkaProducer(transactional_id=name, **vendor.client_kwargs())
        with pytest.raises(TransactionalIdAuthorizationFailed):
            await producer.start()
        await producer.stop()


@pytest.mark.parametrize("user", ["brudvagt-web", "brudvagt-heartbeat", "brudvagt-alerting", "brudvagt-operator"])
async def test_only_casework_writes_cases(kafka: Authorised, user: str) -> None:
    """Whoever only reads the cases cannot alter one."""
    with pytest.raises(TopicAuthorizationFailedError):
        await send(kafka.connection(user), [Outgoing(TOPICS.cases, b"{}", key=b"x", partition=0)])


@pytest.mark.parametrize("user", ["brudvagt-auditor", "nobody"])
async def test_who_may_write_nothing_is_refused_before_the_first_record(kafka: Authorised, user: str) -> None:
    """The auditor, and a certificate that no KafkaUser names: the broker is shut for whoever has no right."""
    with pytest.raises(BrokerError, match="ClusterAuthorizationFailed"):
        await send(kafka.connection(user), [Outgoing(TOPICS.reports, b"{}", partition=0)])
