"""The records to fill a table with: written by casework itself, from the catalogue's events, after three rungs."""

from datetime import UTC, datetime
from pathlib import Path

from pipeline.cases.admission import At, facts_of
from pipeline.cases.casework import work
from pipeline.cases.catalogue import Catalogue
from pipeline.gate.gate import Admitted, admit
from pipeline.plans.load import load_plans
from schemas.case import CaseRecord
from schemas.facts import FactKind

ROOT = Path(__file__).resolve().parents[3]
EVENTS = ROOT / "schemas" / "examples"
RUNGS = 3
RECEIVED_AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HEADERS = (("content-type", b"application/cloudevents+json"),)


def templates(catalogue: Catalogue) -> list[CaseRecord]:
    """Returns one record for each event of the catalogue that starts a clock, each after three rungs."""
    plans = load_plans(ROOT / "deploy" / "municipalities")
    found = []
    for offset, path in enumerate(sorted(EVENTS.glob("*.json"))):
        admitted = admit(path.read_bytes(), HEADERS, accepts="reports")
        if not isinstance(admitted, Admitted):
            continue
        facts = facts_of(admitted, At("brudvagt.reports", 0, offset, RECEIVED_AT), plans)
        if isinstance(facts, tuple) and not path.stem.startswith("supplement"):
            opened = work(None, facts[:1], RECEIVED_AT, catalogue).record
            if opened is not None and opened.settled is None:  # what is no breach has no clock that runs
                found.append(_climbed(opened, catalogue))
    return found


def _climbed(record: CaseRecord, catalogue: Catalogue) -> CaseRecord:
    """Lets time pass until three rungs are in the record."""
    while len([fact for fact in record.facts if fact.kind == FactKind.RUNG_REACHED]) < RUNGS:
        assert record.wake_at is not None
        after = work(record, [], datetime.fromtimestamp(record.wake_at, UTC), catalogue).record
        assert after is not None
        record = after
    return record
