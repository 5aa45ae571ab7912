"""Tokens instead of passwords, on a real Kafka that checks signature, issuer, audience and end of each."""

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import REGISTRY

from pipeline.engine.budgets import Budgets
from pipeline.engine.kafka_port import KafkaInbox, KafkaPort
from pipeline.engine.record import Row
from pipeline.kafka import admin, ports
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError, TopicsError
from pipeline.kafka.groups import describe_groups
from pipeline.kafka.oauth import provider
from pipeline.kafka.reading import read_topics
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from tests.kafka.issuer import AUDIENCE, CLIENT_ID, ISSUER, SCOPE, SECRET, Issuer, Key
from tests.kafka.secured import CA, SecuredPorts

pytestmark = pytest.mark.usefixtures("all_closed")

REFUSED_WITHIN_S = 30.0  # measured: 0.6 s for five clients; aiokafka alone goes on for ever
PATIENCE_S = 100.0
STRANGERS_KEY = Key("first")  # the name of the right one, as a forger would write it


@pytest.fixture
def url(doors: SecuredPorts, issuing: Issuer, tmp_path: Path) -> Iterator[str]:
    """The address with everything that OAUTHBEARER needs; its secret's path makes its tokens this test's own."""
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    issuing.again()
    yield (
        f"kafka+sasl_ssl://{CLIENT_ID}@localhost:{doors.oauth}?mechanism=OAUTHBEARER&ca={quote(str(CA))}"
        f"&password_file={quote(str(secret))}&token_url={quote(issuing.url)}&scope={SCOPE}"
    )
    issuing.again()


async def test_admin_producer_and_reader_pass_with_one_token(url: str, issuing: Issuer) -> None:
    """Topics are created as designed, records and a group's offsets come back; all clients share one token."""
    connection, topics = Connection.parse(url), Topics(prefix="oauth", partitions=2)
    assert len(await admin.create(connection, topics.specs())) == 12
    assert await admin.verify(connection, topics.specs()) == []
    assert await send(connection, [Outgoing(topics.reports, "første".encode(), partition=1)]) == [
        (topics.reports, 1, 0)
    ]
    assert [one.value for one in await read_topics(connection, [topics.reports])] == ["første".encode()]
    assert [group.state for group in await describe_groups(connection, ["nobody"])] == ["Dead"]
    (asked,) = issuing.asked
    assert (asked["grant_type"], asked["scope"]) == ("client_credentials", SCOPE)


async def test_a_long_life_outlasts_its_tokens(url: str, issuing: Issuer) -> None:
    """The broker ends a session after three seconds or with its token, in the middle of whatever is under way. Every
    transaction is there once and in order, for a reader and for a member of a group, over three tokens.
    """
    issuing.lives_s = 4
    connection, topics = Connection.parse(url), Topics(prefix="longlife", partitions=1)
    await admin.create(connection, [one for one in topics.specs() if one.name == topics.facts])
    port = KafkaPort(connection, Budgets(), "test", lambda seconds: None)
    outbox, inbox = port.outbox("longlife-0"), await port.inbox([topics.facts], 0, {})
    member = AIOKafkaConsumer(
        topics.facts, group_id="longlife", auto_offset_reset="earliest", isolation_level="read_committed",
        enable_auto_commit=False,  # as ours; aiokafka's stop may wait for ever for a last commit
        **connection.client_kwargs(),
    )  # fmt: skip
    assert isinstance(inbox, KafkaInbox)
    read: list[bytes] = []
    joined: list[bytes] = []
    try:
        await outbox.fence()
        await member.start()
        written = 0
        async with asyncio.timeout(PATIENCE_S):
            while len(issuing.given) < 3:
                await outbox.begin()
                for pending in await outbox.produce(topics.facts, 0, [Row(b"case", b"%d" % written)]):
                    await pending
                await outbox.commit()
                written += 1
                await _more(inbox, member, read, joined)
            while len(joined) < written or len(read) < written:
                await _more(inbox, member, read, joined)
    finally:
        await outbox.close()
        for consumer in (member, inbox._consumer):
            await _stopped(consumer)
    assert written > 3
    assert read == joined == [b"%d" % number for number in range(written)]


async def _stopped(consumer: AIOKafkaConsumer) -> None:
    """aiokafka's own stop lets a cancellation out where a fetch failed a moment ago, and leaves its connections open."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        await consumer._client.close()


async def _more(inbox: KafkaInbox, member: AIOKafkaConsumer, read: list[bytes], joined: list[bytes]) -> None:
    read += [one.value or b"" for one in await inbox.fetch(100, 0.02)]
    joined += [one.value for batch in (await member.getmany(timeout_ms=20)).values() for one in batch]


@pytest.mark.parametrize(
    ("claims", "signed_by", "said"),
    [
        pytest.param({}, STRANGERS_KEY, "good until ", id="signature"),
        pytest.param({"exp": int(time.time()) - 60}, None, "expired at ", id="expired"),
        pytest.param({"aud": "other"}, None, "audience other, ", id="audience"),
        pytest.param({"aud": ["a", "b"]}, None, "audience a and b, ", id="audiences"),
        pytest.param({"iss": "https://else.example"}, None, "issuer https://else.example, ", id="issuer"),
    ],
)
async def test_a_refused_token_is_one_sentence_in_seconds(
    url: str, issuing: Issuer, claims: dict[str, object], signed_by: Key | None, said: str
) -> None:
    """Every kind of client ends with what the broker answered and what the token says of itself, and not the token."""
    issuing.claims, issuing.signed_by = claims, signed_by
    sentences = await _sentences(Connection.parse(url))
    for sentence in sentences:
        assert "the token is refused: invalid_token; it has issuer " in sentence
        assert said in sentence
        assert "\n" not in sentence
        assert not [token for token in issuing.given if token[:20] in sentence]


async def test_a_client_that_the_server_does_not_know_is_one_sentence(
    url: str, issuing: Issuer, tmp_path: Path
) -> None:
    """The endpoint's status and code, what to look at, and neither the secret nor the server's own words."""
    (tmp_path / "secret").write_text("forkert", encoding="utf-8")
    for sentence in await _sentences(Connection.parse(url)):
        assert f"{issuing.url} gives no token (401 invalid_client): check user and password_file" in sentence
        assert "forkert" not in sentence
        assert "Anna" not in sentence


async def test_a_server_that_is_away_is_one_sentence_and_nothing_more_once_it_is_back(
    url: str, issuing: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands say at once what is missing. A client that is tried again goes in as soon as the server is there."""
    monkeypatch.setattr(provider, "PAUSE_S", 0.5)
    away = url.replace(quote(issuing.url), quote(f"http://127.0.0.1:{ports.free_port()}/token"))
    for sentence in await _sentences(Connection.parse(away)):
        assert "gives no token (ConnectionRefusedError" in sentence
        assert "check that it runs and that option token_url is right" in sentence
    issuing.answer = lambda: (503, {})
    with pytest.raises(TopicsError, match=r"gives no token \(503\)"):
        await admin.brokers(Connection.parse(url))
    issuing.answer = None
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(TopicsError):
                assert await admin.brokers(Connection.parse(url))
                return


async def test_a_client_that_lives_is_told_when_its_next_token_is_refused(
    url: str, issuing: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """A transaction after the refusal does not end: the engine's budget for it ends the worker. The log says why."""
    caplog.set_level(logging.ERROR, logger="aiokafka")
    issuing.lives_s = 2
    connection, topics = Connection.parse(url), Topics(prefix="refusedlater", partitions=1)
    await admin.create(connection, [one for one in topics.specs() if one.name == topics.facts])
    outbox = KafkaPort(connection, Budgets(), "test", lambda seconds: None).outbox("refusedlater-0")
    await outbox.fence()
    issuing.signed_by = STRANGERS_KEY

    async def work() -> None:
        while True:
            await outbox.begin()
            for pending in await outbox.produce(topics.facts, 0, [Row(b"case", b"x")]):
                await pending
            await outbox.commit()

    working = asyncio.create_task(work())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "the token is refused: invalid_token" not in caplog.text and not working.done():
                await asyncio.wait({working}, timeout=0.05)
        assert not working.done()
    finally:
        working.cancel()
        await asyncio.wait({working})
        issuing.signed_by = None
        await outbox.close()


async def test_an_idle_process_counts_what_becomes_of_its_tokens(
    url: str, issuing: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It only reads, commits nothing, and so ends at nothing: refusals, then a server that gives none, and the way back in
    are each seen in its metrics, and go on to be.
    """
    monkeypatch.setattr(provider, "PAUSE_S", 0.2)
    issuing.lives_s = 2
    connection, topics = Connection.parse(url), Topics(prefix="idle", partitions=1)
    await admin.create(connection, [one for one in topics.specs() if one.name == topics.facts])
    member = AIOKafkaConsumer(topics.facts, group_id="idle", enable_auto_commit=False, **connection.client_kwargs())
    await member.start()
    try:
        await _counted_on("accepted")
        issuing.signed_by = STRANGERS_KEY
        await _counted_on("refused")
        issuing.answer = lambda: (400, {"error": "invalid_scope"})
        await _counted_on("not_given")
        issuing.again()
        await _counted_on("accepted")
    finally:
        issuing.again()
        await _stopped(member)


async def _counted_on(outcome: str) -> None:
    """Waits until an outcome was counted twice more."""
    before = _count(outcome)
    async with asyncio.timeout(PATIENCE_S):
        while _count(outcome) < before + 2:  # noqa: ASYNC110  # a counter rings nobody
            await asyncio.sleep(0.05)


def _count(outcome: str) -> float:
    value = REGISTRY.get_sample_value("brudvagt_kafka_tokens_total", {"outcome": outcome})
    assert value is not None, "each outcome is there at zero from the first client on"
    return value


def test_a_worker_that_is_refused_does_not_start(url: str, issuing: Issuer, tmp_path: Path) -> None:
    """It ends at once with the sentence alone, and its supervisor starts it again: nobody waits for what never comes."""
    issuing.signed_by = STRANGERS_KEY
    ended = _brudvagt(url, tmp_path, "worker", "casework")
    assert ended.returncode == 1
    assert "the token is refused: invalid_token" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert issuing.given[-1][:20] not in ended.stderr + ended.stdout


def test_the_doctor_names_the_token_before_the_cluster(url: str, issuing: Issuer, tmp_path: Path) -> None:
    """What the token says of itself where there is one; where there is none, which part of the address to mend."""
    token, cluster = _doctor(url, tmp_path)
    assert (token["ok"], cluster["ok"]) == (True, True)
    assert f"{CLIENT_ID} has one: issuer {ISSUER}, audience {AUDIENCE}, good until " in token["detail"]

    issuing.answer = lambda: (400, {"error": "invalid_scope"})
    token, cluster = _doctor(url, tmp_path)
    assert (token["ok"], cluster["ok"]) == (False, False)
    assert "(400 invalid_scope): check option scope in BRUDVAGT_KAFKA_URL" in token["remedy"]


def _doctor(url: str, directory: Path) -> list[dict[str, Any]]:
    told = {one["name"]: one for one in json.loads(_brudvagt(url, directory, "doctor", "--json").stdout)}
    return [told["kafka token"], told["kafka cluster"]]


def _brudvagt(url: str, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line on the secured broker."""
    settings = {"BRUDVAGT_KAFKA_URL": url, "BRUDVAGT_DATA_DIR": str(directory), "BRUDVAGT_REPLICATION": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        env={**os.environ, **settings}, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


async def _sentences(connection: Connection) -> list[str]:
    """What each kind of client says of a connection that cannot be had, in time."""
    port = KafkaPort(connection, Budgets(), "test", lambda seconds: None)
    outbox = port.outbox("any-0")
    async with asyncio.timeout(REFUSED_WITHIN_S):
        with pytest.raises(TopicsError) as refused:
            await admin.brokers(connection)
        with pytest.raises(BrokerError) as unsent:
            await send(connection, [Outgoing("any", b"x")])
        with pytest.raises(BrokerError) as unread:
            await read_topics(connection, ["any"])
        with pytest.raises(Exception, match="Unable to bootstrap"):
            await outbox.fence()
        await outbox.close()
        with pytest.raises(Exception, match="Unable to bootstrap"):
            await port.partition_counts(["any"])
    return [str(refused.value), str(unsent.value), str(unread.value)]
