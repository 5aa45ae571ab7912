"""The auditor on a real broker: it sees what was committed, all of it and nothing else, and the command says so."""

import json
import sys
import time
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.audit.audit import Report, audit
from pipeline.audit.finding import Code
from pipeline.audit.limits import Limits
from pipeline.audit.reading import take
from pipeline.cli.__main__ import main
from pipeline.kafka.connection import Connection
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from tests.audit.scene import NOW, POLICY, TOPICS, Parts, Scene, fact, story

AT_ONCE = Limits(grace=timedelta(0))
"""The broker stamps every record with the present: without grace none of them is too fresh to judge."""


async def tell(connection: Connection, topics: Topics, scene: Scene) -> None:
    """Writes a scene's records to the topics of this test, on partition 0, in their order."""
    own, other = f'"{TOPICS.prefix}.'.encode(), f'"{topics.prefix}.'.encode()
    records = [
        Outgoing(
            one.topic.replace(TOPICS.prefix, topics.prefix, 1),
            None if one.value is None else one.value.replace(own, other),
            one.key,
            0,
            one.headers,
        )
        for one in scene.records
    ]
    await send(connection, records)


async def look(connection: Connection, topics: Topics) -> Report:
    """Audits what lies there, at the scene's time."""
    clock = Clock(time.time(), NOW.timestamp())
    return audit(await take(connection, topics, clock, [POLICY], limits=AT_ONCE))


async def test_a_sound_story_on_a_real_broker_gives_no_finding(connection: Connection, topics: Topics) -> None:
    """Four partitions, three of them empty; position rows are read off the tables."""
    await tell(connection, topics, story())
    report = await look(connection, topics)
    assert report.findings == ()
    assert report.figures.sentence == "received 1 = 1 accepted + 0 duplicate + 0 rejected + 0 in flight"
    assert report.figures.records == len(story().records)


async def test_a_lost_report_is_found_on_a_real_broker(connection: Connection, topics: Topics) -> None:
    """The receipt is missing, and so is the alert."""
    await tell(connection, topics, story(Parts(receipt=None, alert=None, delivery=None)))
    found = [finding.code for finding in (await look(connection, topics)).findings]
    assert found == [Code.UNANSWERED, Code.DEMAND_WITHOUT_ALERT]


async def test_what_was_never_committed_is_not_seen(connection: Connection, topics: Topics) -> None:
    """An aborted transaction wrote a CPR number and a second receipt: no reader ever saw them."""
    await tell(connection, topics, story())
    producer = AIOKafkaProducer(transactional_id=f"{topics.prefix}-x", **connection.client_kwargs())
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(topics.facts, b"010190-1234", partition=0)
        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert (await look(connection, topics)).findings == ()


async def test_a_missing_topic_is_said_in_words(connection: Connection) -> None:
    """An installation whose topics were never made."""
    with pytest.raises(LookupError, match=r"there is no topic nothing\.\w+; `brudvagt topics create`"):
        await take(connection, Topics(prefix="nothing", partitions=4), Clock.real(), [])


def command(connection: Connection, topics: Topics, patch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs `brudvagt audit` in this process; returns its exit status."""
    settings = {
        "KAFKA_URL": f"kafka://{connection.servers[0]}",
        "TOPIC_PREFIX": topics.prefix,
        "PARTITIONS": "4",
        "REPLICATION": "1",
        "DEMO_CLOCK": str(Clock(time.time(), NOW.timestamp())),
    }
    for name, value in settings.items():
        patch.setenv(f"BRUDVAGT_{name}", value)
    patch.setattr(sys, "argv", ["brudvagt", "audit", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
async def sound(connection: Connection, topics: Topics) -> Topics:
    """Topics in which the sound story was told."""
    await tell(connection, topics, story())
    return topics


@pytest.fixture
async def leaking(connection: Connection, topics: Topics) -> Topics:
    """Topics in which a made-up CPR number slipped through the gate."""
    leak = Scene()
    leak.put(TOPICS.facts, fact(body={"description": "om 010190-1234"}))
    await tell(connection, topics, leak)
    return topics


def test_the_command_ends_with_0_when_nothing_is_found(
    connection: Connection, sound: Topics, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says in how much nothing was found."""
    assert command(connection, sound, monkeypatch) == 0
    out = capsys.readouterr().out
    assert out.startswith("Nothing found.\nreceived 1 = 1 accepted")
    assert "1 cases, 1 open" in out


def test_the_command_ends_with_1_at_a_finding(
    connection: Connection, leaking: Topics, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a table for people and as JSON for programs; never with the number itself."""
    assert command(connection, leaking, monkeypatch, "--json") == 1
    out = capsys.readouterr().out
    (finding,) = json.loads(out)["findings"]
    assert (finding["code"], finding["severity"]) == ("cpr_in_text", "critical")
    assert "010190" not in out
    assert command(connection, leaking, monkeypatch) == 1
    assert "cpr_in_text" in capsys.readouterr().out
