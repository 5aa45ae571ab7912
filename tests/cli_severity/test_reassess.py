"""`brudvagt reassess` shows what another rule set would change in the stored cases, and changes nothing."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner, Result
from pydantic import JsonValue

from pipeline.cli import reassess as command
from pipeline.cli.installation import Installation
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_topics
from pipeline.kafka.topics import Topics
from pipeline.settings import Settings
from schemas.case import CaseRecord, Status
from tests.severity.said import HARMLESS, ROOT, RULESET, START, judged, report

CPR_ALONE = HARMLESS | {"data": [{"category": "cpr", "detail": "content"}], "identifiers": ["cpr"]}
SAFE, GRAVE, BARE = "657-00000-00000-0", "657-00000-00000-1", "657-00000-00000-2"


def _record(reference: str, circumstances: Mapping[str, JsonValue]) -> bytes:
    fact = report(circumstances)
    case = CaseRecord(
        reference=reference,
        municipality="657",
        status=Status.OPEN,
        kind="breach",
        opened_at=START,
        assessment=judged(fact),
        facts=(fact,),
    )
    return case.model_dump_json().encode()


def _rows() -> dict[bytes, bytes]:
    unassessed = CaseRecord(reference=BARE, municipality="657", status=Status.OPEN, kind="breach", opened_at=START)
    return {
        SAFE.encode(): _record(SAFE, HARMLESS),
        GRAVE.encode(): _record(GRAVE, CPR_ALONE),
        BARE.encode(): unassessed.model_dump_json().encode(),
    }


@pytest.fixture
def stricter(tmp_path: Path) -> str:
    """A trial rule set whose medium band begins at 0.5 instead of 2: the harmless letter, 1 x 0.75 + 0.25, is above it."""
    text = (ROOT / "deploy" / "rulesets" / f"{RULESET.name}.yaml").read_text()
    assert "{medium: 2.0," in text
    path = tmp_path / "trial.yaml"
    path.write_text(text.replace("{medium: 2.0,", "{medium: 0.5,").replace("version: 1", "version: 2"))
    return str(path)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, bytes]:
    """Three stored cases instead of a topic: a harmless one, a CPR number, and one without an assessment."""
    rows = _rows()

    async def table(connection: Connection, topic: str) -> dict[bytes, bytes]:
        return dict(rows)

    monkeypatch.setattr(command, "read_table", table)
    return rows


def _run(*arguments: str, settings: Settings | None = None) -> Result:
    installation = Installation(settings or Settings())
    return CliRunner().invoke(command.reassess, arguments, obj=installation, env={"COLUMNS": "200"})


def test_json_shows_each_case_that_would_change(stored: dict[bytes, bytes], stricter: str) -> None:
    """Reference, outcome and band now and then, rules that differ; the rest is only counted."""
    result = _run("--ruleset", stricter, "--json")
    assert result.exit_code == 0
    got = json.loads(result.output)
    (case,) = got["cases"]
    assert case["reference"] == SAFE
    assert case["outcome"] == {"now": "unlikely_risk", "then": "risk"}
    assert case["band"] == {"now": "low", "then": "medium"}
    assert case["ruleset"] == RULESET.name
    assert got["ruleset"] == f"{RULESET.id}.v2"
    assert (got["summary"]["cases"], got["summary"]["graver"], got["summary"]["newly_notified"]) == (2, 1, 1)


def test_a_table_for_people(stored: dict[bytes, bytes], stricter: str) -> None:
    """The change in one line, and a summary below it."""
    output = _run("--ruleset", stricter).output
    assert "unlikely_risk → risk" in output
    assert "low → medium" in output
    assert "cases: 2, graver: 1, milder: 0" in output
    assert GRAVE not in output


def test_the_rule_set_in_force_changes_nothing(stored: dict[bytes, bytes]) -> None:
    """The same rules on the same facts: no row."""
    result = _run("--ruleset", RULESET.name)
    assert "would change nothing" in result.output
    assert json.loads(_run("--ruleset", RULESET.name, "--json").output)["cases"] == []


def test_an_unknown_rule_set_gets_a_sentence(stored: dict[bytes, bytes]) -> None:
    """It lists what there is."""
    result = _run("--ruleset", "dk-severity.v99")
    assert result.exit_code == 1
    assert RULESET.name in result.output


async def test_on_a_real_topic_it_reads_and_writes_nothing(
    connection: Connection, topics: Topics, stricter: str
) -> None:
    """The stored cases are read from Kafka; afterwards the topic holds what it held."""
    producer = AIOKafkaProducer(**connection.client_kwargs())
    await producer.start()
    try:
        for key, value in _rows().items():
            await producer.send_and_wait(topics.cases, value, key=key)
    finally:
        await producer.stop()
    before = await read_topics(connection, [topics.cases])
    settings = Settings(
        kafka_url=f"kafka://{connection.servers[0]}", topic_prefix=topics.prefix, partitions=topics.partitions
    )
    result = await asyncio.to_thread(_run, "--ruleset", stricter, "--json", settings=settings)
    assert result.exit_code == 0, result.output
    assert [case["reference"] for case in json.loads(result.output)["cases"]] == [SAFE]
    assert await read_topics(connection, [topics.cases]) == before
