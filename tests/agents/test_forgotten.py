"""`brudvagt retention --erase` through the real stages: what is due leaves every table, the rest stays as it was."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cases.retention import REPLAYABLE_FOR
from pipeline.cli import receipts, retention
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_table, read_topics
from pipeline.kafka.records import Seen
from pipeline.timebase import Clock
from schemas.case import Status
from tests.agents.events import DECIDES, act, case, report
from tests.agents.installing import installation
from tests.agents.quiet import until_quiet
from tests.agents.running import ROLES, Running
from tests.agents.watch import Watch
from tests.bench.clocks.templates import ROOT
from tests.cli.terminal import Said, Terminal

pytestmark = pytest.mark.timeout(240)  # both workers start twice, also on a busy machine

GLOSTRUP = "161"
DUE = [case(f"due-{number}") for number in range(3)]
KEPT = {"open": case("open"), "reopened": case("reopened"), "longer": case("longer", GLOSTRUP), "fresh": case("fresh")}
TABLES = ("cases", "chains", "deliveries")
CLOSED = {"closing": "not_a_breach", "reason": "Intet brud."}
SPEED = 30
ORDER = ("retention", "--erase", "--by", DECIDES)


@pytest.fixture
def running(connection: Connection, tmp_path: Path) -> Iterator[Running]:
    """An installation that keeps closed cases for 30 days, Glostrup's for 400."""
    deploy = tmp_path / "deploy"
    shutil.copytree(ROOT / "deploy", deploy, ignore=shutil.ignore_patterns("kubernetes", "grafana", "prometheus"))
    (deploy / "retention.yaml").write_text(f'keep_closed_days: 30\nmunicipalities: {{"{GLOSTRUP}": 400}}\n')
    more = {"BRUDVAGT_DEPLOY_DIR": str(deploy)}
    with installation(connection, tmp_path, speed=SPEED, more=more) as made:
        yield made


async def test_what_is_due_is_forgotten_everywhere_and_the_rest_is_kept(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Listed without being touched; ordered while no casework runs, which is told; the rest ordered by the next run. No
    row, index or alert of it is left where nothing expires, and the auditor misses nothing.
    """

    async def brudvagt(*arguments: str) -> Said:
        return await asyncio.to_thread(Terminal(running.environment, monkeypatch, capsysbinary), *arguments)

    async with Watch(running) as watch:
        await begin(running, watch)
        month_later(running)
        await watch.answers(*await running.act(act("close", KEPT["fresh"], DECIDES, **CLOSED)))
        await until_quiet(running)
        kept = {ref: await where(running, ref) for ref in KEPT.values()}

        listed = await brudvagt("retention", "--json")
        assert {one["reference"] for one in listed.data} == {*DUE}
        assert "Intet er slettet" in (await brudvagt("retention")).out
        assert [await where(running, ref) for ref in DUE] == [{"cases", "deliveries"}] * len(DUE)  # no chain rings

        running.kill("casework")
        monkeypatch.setattr(retention, "AT_ONCE", 2)
        with monkeypatch.context() as hurry:
            hurry.setattr(receipts, "RECEIPT_BUDGET_S", 0.5)
            for _ in range(2):  # whoever gives it again orders the same again
                said = await brudvagt(*ORDER)
                assert (said.status, said.out.count("bestilt, uden svar")) == (1, 2)
                assert said.out.splitlines()[-1].startswith("0 af 3 slettet; 2 uden svar")
                assert said.out.endswith("1 ikke bestilt.\n")
        running.start("casework")
        running.await_ready()
        await until_quiet(running)
        assert len((await brudvagt("retention", "--json")).data) == 1
        said = await brudvagt(*ORDER)
        assert (said.status, said.out.splitlines()[-1]) == (0, "1 af 1 slettet.")
        assert "Ingen sager" in (await brudvagt(*ORDER)).out

        await until_quiet(running)
        assert [await where(running, ref) for ref in DUE] == [set()] * len(DUE)
        assert {ref: await where(running, ref) for ref in KEPT.values()} == kept
        assert all(kept.values())
        seen = await read_topics(running.connection, [spec.name for spec in running.topics.specs()])
        named = {one.topic for one in seen if any(mentions(one, ref) for ref in DUE)}
        lasting = {
            one.name for one in running.topics.specs() if one.retention is None or one.retention > REPLAYABLE_FOR
        }
        assert named & lasting <= {
            f"{running.topics.prefix}.{name}" for name in TABLES
        }  # history, until it is compacted
        assert [one for one in seen if one.topic == running.topics.deadletters] == []  # an order twice is no error
        audit = await asyncio.to_thread(running.command, "audit", "--json")
        assert audit.returncode == 0, audit.stdout.decode()


async def begin(running: Running, watch: Watch) -> None:
    """Reports everything and closes what is to be closed; one is reported again after that."""
    names = ["due-0", "due-1", "due-2", "open", "reopened", "fresh"]
    await watch.answers(*await running.report(*map(report, names), report("longer", municipality=GLOSTRUP)))
    everything = [*DUE, *KEPT.values()]
    await watch.until(lambda: all(watch.sent(ref) for ref in everything))
    closing = [act("close", ref, DECIDES, **CLOSED) for ref in (*DUE, KEPT["reopened"])]
    closing.append(act("close", KEPT["longer"], DECIDES, municipality=GLOSTRUP, **CLOSED))
    await watch.answers(*await running.act(*closing))
    await watch.answers(*await running.report(report("reopened", number="again")))
    await watch.until(lambda: watch.cases[KEPT["reopened"]].status is Status.OPEN)
    await until_quiet(running)


def month_later(running: Running) -> None:
    """Stops the workers and starts them again when the clock shows 31 days more."""
    running.stop()
    shown = running.clock.now() + timedelta(days=31).total_seconds()
    running.clock = Clock(time.time(), shown, SPEED)
    for role in ROLES:
        running.start(role)
    running.await_ready()


async def where(running: Running, reference: str) -> set[str]:
    """Returns the tables that still have anything of a case, as any outside reader sees them."""
    found = set[str]()
    for name in TABLES:
        rows = await read_table(running.connection, f"{running.topics.prefix}.{name}")
        if any(reference.encode() in key or reference.encode() in value for key, value in rows.items()):
            found.add(name)
    return found


def mentions(seen: Seen, reference: str) -> bool:
    """Whether a record names a case."""
    return any(reference.encode() in (part or b"") for part in (seen.key, seen.value))
