"""A backup of a working installation, restored under another partition count, goes on where it was."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.audit.finding import Code
from pipeline.backup import snapshot
from pipeline.backup.content import Header, OnItsWay
from pipeline.backup.file import BackupError, items, written
from pipeline.backup.progress import unseen
from pipeline.backup.restore import restore
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_topics
from schemas.alert import AlertKind
from schemas.facts import FactKind
from tests.agents.events import act, case, report
from tests.agents.quiet import until_quiet
from tests.agents.running import MONDAY_MORNING, ROLES, Running
from tests.agents.watch import Watch
from tests.backup.conftest import DAY, elsewhere, tables

PARTITIONS = 6  # the installation that is backed up has four
STATE = ("cases", "chains")


async def test_another_partition_count_goes_by_export_and_import(connection: Connection, tmp_path: Path) -> None:
    """Cases and chains byte by byte, on the partition of their key; no alert twice; a timer that came due while all was
    down fires; a report that nobody had handled keeps its time of receipt; a new one joins the old case.
    """
    file = tmp_path / "case-log"
    with elsewhere(connection, tmp_path, 4, MONDAY_MORNING) as before:
        await admin.create(connection, before.topics.specs())
        begin(before)
        async with Watch(before) as watch:
            for name in ("open", "acknowledged", "again"):
                await watch.answers(*await before.report(report(name)))
            await watch.answers(*await before.act(act("acknowledge", case("acknowledged"))))
            await watch.answers(*await before.report(report("rejected", {"report_channel": "pigeon-post"})))
            await before.act(act("acknowledge", case("awaited")))
            await watch.until(lambda: case("awaited") in watch.cases and bool(watch.sent(case("open"))))
            flow = [f"flow-{number}" for number in range(25)]
            await before.report(*(report(name) for name in flow))
            while await backed_up(before, file, {case(name) for name in flow}):
                pass
            with pytest.raises(BackupError, match="workers are running"):
                await restore(connection, before.topics, file)
            await until_quiet(before)
            await watch.abreast()
            before.stop()
            ((topic, partition, offset),) = await before.report(report("late"))
            taken = before.command("export", "--force", str(file))
            assert taken.returncode == 0, taken.stderr
        ingress = await read_topics(connection, [topic])
        (late,) = (one for one in ingress if (one.partition, one.offset) == (partition, offset))
        told = {one.alert_id for one in watch.alerts}
        old = await tables(before, *STATE)
        shown = before.clock.datetime() + DAY
        waiting = [one for one in items(file) if isinstance(one, OnItsWay)]
        assert [(one.stream, one.value) for one in waiting] == [("reports", late.value)]

    with elsewhere(connection, tmp_path, PARTITIONS, shown) as after:
        dry = await restore(connection, after.topics, file, dry_run=True)
        assert (dry.missing, await admin.describe(connection, after.topics.specs())) == (dry.rows, {})
        done = after.command("import", str(file))
        assert done.returncode == 0, done.stderr
        new = await tables(after, *STATE)
        assert new.rows == old.rows
        assert len(new.rows) > 6
        assert {partition for partition in new.places.values()} - set(range(4))  # the new partitions are in use
        assert (await restore(connection, after.topics, file)).already

        begin(after)
        async with Watch(after) as watch:
            await watch.until(lambda: case("late") in watch.cases)
            (told_late,) = (one for one in watch.cases[case("late")].facts if one.kind == FactKind.REPORT_RECEIVED)
            received_at = datetime.fromtimestamp(after.clock.shown(late.timestamp_ms / 1000), UTC)
            assert told_late.recorded_at == received_at
            (receipt,) = await watch.answers(*await after.report(report("again", number="another")))
            assert receipt.references == (case("again"),)
            await watch.until(lambda: any(one.rung == "plus_24h" for one in watch.raised(case("open"))))
            await until_quiet(after)
            await watch.abreast()
            reports = [one for one in watch.cases[case("again")].facts if one.kind == FactKind.REPORT_RECEIVED]
            assert len(reports) == 2
            assert {one.alert_id for one in watch.alerts} & told == set()
            cases = {key.decode() for (table, key), row in old.rows.items() if table == "cases" and not tally(row)}
            assert watch.cases.keys() == cases | {case("late")}
            await watch.until(lambda: bool(watch.letters))
            assert [one.problems[0].code for one in watch.letters] == ["unknown_case"]  # it waited a day for its report
            raised = [one.alert_id for one in watch.alerts if one.kind is not AlertKind.GONE]  # told to no person
            assert len(raised) == len(set(raised)) > 1
        audit = json.loads(after.command("audit", "--json").stdout)
        # Whether a text reads as a CPR number is not asked here: some of our own digests happen to
        assert [one for one in audit["findings"] if one["code"] != Code.CPR_IN_TEXT] == []
        assert audit["figures"]["open_cases"] == len({*cases, case("late")} - {case("awaited")}) == len(flow) + 5


def begin(running: Running) -> None:
    """Starts the workers and waits until they are ready."""
    for role in ROLES:
        running.start(role)
    running.await_ready()


def tally(row: bytes) -> bool:
    """Whether a row of casework's counts a producer's unreadable events: it is no case."""
    return b'"kind":"producer"' in row


async def backed_up(running: Running, file: Path, references: set[str]) -> int:
    """Exports while workers run and checks that each case or its report is in the file; returns how much is on its way."""
    with written(file, Header(running.topics.prefix, 4, "now", "1.0"), replace=True) as writer:
        await snapshot.take(running.connection, running.topics, writer, unseen)
    found, waiting = set[str](), 0
    for one in items(file):
        waiting += isinstance(one, OnItsWay)
        if isinstance(one, OnItsWay) and one.stream == "reports":
            found.add(case(json.loads(one.value or b"")["correlationid"]))
        elif one.key is not None:
            found.add(one.key.decode())
    assert references - found == set()
    return waiting
