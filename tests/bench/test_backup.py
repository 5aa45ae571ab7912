"""The bench of backups measures rows as the stages write them: each copy is a case of its own, whole."""

from collections import Counter
from pathlib import Path

import orjson
import pytest
import structlog.testing

from schemas.case import CaseRecord
from schemas.delivery import BY_CASE, INDEXES, Delivery
from tests.bench.backup import copies, lives


async def test_each_copy_is_a_whole_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own reference and alerts, of which its index names every one; nothing is left of the template."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    with structlog.testing.capture_logs():
        templates = await lives(tmp_path)
    rows = list(copies(2 * len(templates), templates))
    assert len(rows) == 2 * sum(len(mine) for _, mine in templates)
    assert len({(row.table, row.key) for row in rows}) == len(rows)
    records = [CaseRecord.model_validate_json(row.value) for row in rows if row.table == "cases"]
    references = {one.reference for one in records}
    assert len(references) == len(records) == 2 * len(templates)
    assert not references & {ref for ref, _ in templates}
    told = [row for row in rows if row.table == "deliveries" and not row.key.startswith(INDEXES)]
    stories = [Delivery.model_validate_json(row.value) for row in told]
    assert [row.key.decode() for row in told] == [one.alert.alert_id for one in stories]
    alerts = Counter(one.alert.reference for one in stories)
    assert alerts.keys() == references
    indexed = {
        row.key.removeprefix(BY_CASE).decode(): orjson.loads(row.value) for row in rows if row.key.startswith(BY_CASE)
    }
    assert {ref: len(ids) for ref, ids in indexed.items()} == alerts
