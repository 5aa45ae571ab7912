"""The bench at small scale: every clock is armed at a start, and each due rung stands on the topic exactly once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cases.catalogue import Catalogue
from pipeline.cases.projection import project
from pipeline.kafka.connection import Connection
from schemas.case import CaseRecord
from schemas.facts import FactKind
from tests.bench.clocks.handler import due_rows
from tests.bench.clocks.measuring import measure
from tests.bench.clocks.schedule import Schedule
from tests.bench.clocks.templates import ROOT, RUNGS, templates
from tests.bench.clocks.varying import Template

SMALL = Schedule(cases=5_000, burst=500, rate_per_s=100, steady_s=2, margin_s=1.0, pause_s=0.5)
DUE = SMALL.steady + SMALL.burst


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped policies and rule sets."""
    return Catalogue.load(ROOT / "deploy")


def test_a_varied_record_is_what_casework_would_write(catalogue: Catalogue) -> None:
    """Moved by whole days in winter, a template's facts give the very record again: nothing in it is left behind."""
    for number, record in enumerate(templates(catalogue)):
        assert record.wake_at is not None
        key, row = Template(record).make(number, record.wake_at + timedelta(days=7).total_seconds())
        varied = CaseRecord.model_validate_json(row)
        assert varied.reference.encode() == key != record.reference.encode()
        again = project(varied.facts, dict(varied.trimmed), catalogue)
        assert again.encode() == row
        assert sum(fact.kind == FactKind.RUNG_REACHED for fact in varied.facts) >= RUNGS


def test_each_record_has_a_clock_that_runs_and_a_rung_that_is_looked_up_before_its_time(catalogue: Catalogue) -> None:
    """What is no breach is settled as it comes: it has a wake-up, a month ahead, and no clock that runs."""
    made = templates(catalogue)
    assert all(clock.stopped_by is None for record in made for clock in record.clocks)
    assert [one.due_at.timestamp() for one in due_rows(catalogue)] == [record.wake_at for record in made]
    assert len(made) > RUNGS


async def test_every_clock_is_armed_and_each_due_rung_stands_once(connection: Connection, tmp_path: Path) -> None:
    """Whenever the worker was ready: 5,000 armed, 700 due, one new row for each, and its rung in it once."""
    figures, seen, due = await measure(connection, tmp_path, SMALL)
    assert figures.armed == SMALL.cases
    assert (len(due), set(seen.at)) == (DUE, set(due))
    assert (figures.seen_twice, figures.steady_seen + figures.burst_seen) == (0, DUE)
    for key, row in seen.rows.items():
        rungs = [fact for fact in CaseRecord.model_validate_json(row).facts if fact.kind == FactKind.RUNG_REACHED]
        told = [(fact.body["clock"], fact.body["rung"], fact.body["due_at"]) for fact in rungs]
        assert len(set(told)) == len(told) > RUNGS
        assert datetime.fromtimestamp(due[key], UTC) in {datetime.fromisoformat(str(at)) for *_, at in told}
        assert all(datetime.fromisoformat(str(fact.body["due_at"])) <= fact.recorded_at for fact in rungs)
