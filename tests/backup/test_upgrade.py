"""An upgrade reads what earlier versions wrote; what a later one wrote stops a stage instead of being lost."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents import casework, delivery, routing
from agents.newer import NewerRecord, NewerRow
from pipeline.backup.content import Header, Row
from pipeline.backup.file import BackupError, items, written
from pipeline.backup.restore import restore
from pipeline.engine.fatal import EXIT_FATAL
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_table
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.settings import Settings
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.row_version import READ, version_of
from tests.agents.events import act, case, report
from tests.agents.quiet import until_quiet
from tests.agents.running import MONDAY_MORNING, ROLES
from tests.agents.watch import Watch
from tests.backup.conftest import elsewhere
from tests.cases import scene
from tests.cases.scene import Desk
from tests.delivery.world import World
from tests.simulation.runs import context
from tests.simulation.simulation import TOPICS

OLDER = Path(__file__).parent / "older" / "2026-11-22.zst"
"""The tables that the first version that ran end to end left behind: rungs, acts, a tally, a closed case, alerts on
their way. `wake_at` was no first field then, and no index told which alerts a case has.
"""
LEFT_AT = datetime(2026, 11, 17, 18, 50, tzinfo=UTC)
"""What that installation's clock showed at the end."""

NEWER = (
    b'{"schema_version":"2027-03-01","reference":"657-7F3KQ-2M9XB-T","municipality":"657","status":"closed",'
    b'"kind":"breach","opened_at":"2027-03-02T08:00:00Z"}'
)
WAITING = b'{"wake_at":1763366400.0,"schema_version":"2027-03-01","reference":"657-7F3KQ-2M9XB-T"}'
START_BUDGET_S = 180.0


def older(table: str) -> dict[str, Any]:
    """Returns the rows of a table as any program that knows JSON reads them."""
    rows = [one for one in items(OLDER) if isinstance(one, Row) and one.table == table]
    return {one.key.decode(): json.loads(one.value) for one in rows if one.value.startswith(b"{")}


async def test_todays_workers_go_on_with_the_rows_of_the_first_version(connection: Connection, tmp_path: Path) -> None:
    """Every case keeps its facts and each deadline to the second, nobody is told again what was told, and people and
    forms go on with the old cases.
    """
    before = {ref: row for ref, row in older("cases").items() if row.get("kind") != "producer"}
    sent = {key for key, row in older("deliveries").items() if row["status"] == "sent"}
    assert len(before) > 10 < len(sent)
    with elsewhere(connection, tmp_path, 6, LEFT_AT) as now:
        done = now.command("import", str(OLDER))
        assert done.returncode == 0, done.stderr
        for role in ROLES:
            now.start(role)
        now.await_ready()
        async with Watch(now) as watch:
            (receipt,) = await watch.answers(*await now.report(report("open", number="a-new-one")))
            (decided,) = await watch.answers(*await now.act(act("acknowledge", case("open"))))
            assert (receipt.outcome, decided.outcome) == ("accepted", "accepted")
            await watch.until(lambda: len(watch.cases[case("open")].facts) >= len(before[case("open")]["facts"]) + 2)
            await until_quiet(now)
            await watch.abreast()
            await watch.until(lambda: bool(now.mails))  # what was on its way; a mail under way is no work that waits
        assert watch.cases.keys() == before.keys()
        for ref, row in before.items():
            after = watch.cases[ref]
            assert [one.deadline_at for one in after.clocks] == [
                datetime.fromisoformat(one["deadline_at"]) for one in row["clocks"]
            ]
            assert {one["fact_id"] for one in row["facts"]} <= {one.fact_id for one in after.facts}
            assert after.status == row["status"]
        again = [one for one in now.mails if any(alert_id in one.read_text() for alert_id in sent)]
        assert again == []


async def test_a_row_of_tomorrow_stops_the_stage_and_nothing_is_lost(connection: Connection, tmp_path: Path) -> None:
    """The worker ends with 70 and a sentence; row and report stay where they are until one comes that can read them."""
    with elsewhere(connection, tmp_path, 4) as installation:
        topics = installation.topics
        await admin.create(connection, topics.specs())
        await send(connection, [Outgoing(topics.cases, NEWER, b"657-7F3KQ-2M9XB-T")])
        (position,) = await installation.report(report("waits"))
        installation.start("casework")
        worker = installation.workers["casework"]
        assert worker.process.wait(START_BUDGET_S) == EXIT_FATAL
        log = worker.log.read_text()
        assert "the row of 657-7F3KQ-2M9XB-T has schema version 2027-03-01, and this Brudvagt reads 2026-11-01" in log
        assert (await read_table(connection, topics.cases))[b"657-7F3KQ-2M9XB-T"] == NEWER
        await send(connection, [Outgoing(topics.cases, None, b"657-7F3KQ-2M9XB-T")])  # the newer one took it back
        installation.start("casework")
        async with Watch(installation) as watch:
            (receipt,) = await watch.answers(position)
        assert receipt.references == (case("waits"),)


@pytest.mark.parametrize("row", [NEWER, WAITING])
def test_each_stage_looks_at_every_row_before_it_opens(row: bytes) -> None:
    """One that stands is refused; one that was superseded is history; whoever follows the stage sees neither."""
    shared, key = context(), b"657-7F3KQ-2M9XB-T"
    for stage in (casework.casework(shared), routing.routing(shared), delivery.delivery(shared, Settings())):
        assert stage.due is not None
        assert stage.due(key, row) is None
        stage.opened(0, {})
        with pytest.raises(NewerRow, match=r"schema version 2027-03-01.*docs/upgrade\.md"):
            stage.opened(1, {key: row})


@pytest.mark.parametrize(
    ("topic", "stage"), [(TOPICS.facts, "casework"), (TOPICS.cases, "routing"), (TOPICS.alerts, "delivery")]
)
async def test_a_record_of_tomorrow_waits(
    topic: str, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage takes nothing of the batch, and no dead letter is made of it: the process ends when its patience does."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    begins = MONDAY_MORNING.timestamp()
    world = World(begins, Settings())
    world.logs[topic, 0].append(b"657-7F3KQ-2M9XB-T", NEWER, begins)
    with pytest.raises(NewerRecord, match=topic):
        await world.until(begins + 60)
    (station,) = (one for one in world.stations if one.name == stage and one.partition == 0)
    assert (station.positions, station.committed) == ({}, {})


async def test_a_backup_with_rows_of_tomorrow_is_not_restored(
    connection: Connection, topics: Topics, tmp_path: Path
) -> None:
    """It would fill tables on which no worker of this version starts."""
    file = tmp_path / "case-log"
    with written(file, Header("brudvagt", 4, "2027-04-01T02:00:00+00:00", "9.0"), replace=False) as writer:
        writer.add(Row("cases", 0, b"657-7F3KQ-2M9XB-T", WAITING))
    with pytest.raises(BackupError, match="a row of cases has schema version 2027-03-01"):
        await restore(connection, topics, file)
    assert await read_table(connection, topics.cases) == {}


def test_a_version_in_a_text_is_no_version() -> None:
    """Only the head of a row counts: what somebody wrote in a report is a string inside."""
    said = json.dumps({"fact_id": "1", "body": {"description": '{"schema_version":"2099-01-01"'}}).encode()
    assert {version_of(said), version_of(b"a6f0"), version_of(b'{"alert":{"schema_version":"x"}}')} <= READ
    assert version_of(WAITING) == version_of(NEWER) == "2027-03-01"


def test_a_kind_of_fact_of_tomorrow_is_carried_through() -> None:
    """No new schema version: casework keeps the fact whole in the case, moves nothing by it, and goes on; so does a row
    that has one. The version that knows the kind finds it where it was.
    """
    desk = Desk().take(scene.report())
    assert desk.record is not None
    deadlines = [one.deadline_at for one in desk.record.clocks]
    tomorrows = scene.acknowledge(scene.T0 + scene.HOUR).model_copy(
        update={"kind": "insurer.told", "body": {"insurer": "x", "since": {"year": 2027}}}
    )
    desk.take(tomorrows)
    desk.record = CaseRecord.model_validate_json(desk.record.encode())
    desk.take(scene.acknowledge(scene.T0 + 2 * scene.HOUR)).live(scene.T0 + 3 * scene.DAY)
    record = CaseRecord.model_validate_json(desk.record.encode())
    assert [one for one in record.facts if one.kind == "insurer.told"] == [tomorrows]
    assert [one.deadline_at for one in record.clocks] == deadlines
    assert record.acknowledged_by == ("dpo",)
    assert desk.refused == []
    assert {FactKind.RUNG_REACHED, FactKind.ALERT_ACKNOWLEDGED} <= {one.kind for one in record.facts}
