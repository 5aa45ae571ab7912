"""Lines that no batch's line stands beside name their record's trace themselves."""

from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from agents import delivery
from agents.newer import NewerRecord, record_is_read
from pipeline.engine import Completion, Record, Tx
from schemas.delivery import Delivery, DeliveryStatus
from tests.delivery.scene import alert

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(("headers", "named"), [((("traceparent", TRACEPARENT.encode()),), TRACE_ID), ((), None)])
def test_a_record_that_waits_for_a_newer_brudvagt_is_named_with_its_trace(
    headers: tuple[tuple[str, bytes], ...], named: str | None
) -> None:
    """The process ends with that line: nothing else says which report it was."""
    record = Record("brudvagt.facts", 1, 7, b"k", b'{"schema_version":"2099-01-01"}', headers, 0)
    with capture_logs() as lines, pytest.raises(NewerRecord):
        record_is_read(record)
    assert [line.get("trace_id") for line in lines] == [named]


@pytest.mark.parametrize("kept", [True, False])
def test_an_attempt_that_raised_is_named_with_its_alert_and_trace(kept: bool) -> None:
    """And an alert that was erased meanwhile, by its id alone."""
    row = Delivery(alert=alert(), status=DeliveryStatus.INTENDED, traceparent=TRACEPARENT)
    key = row.alert.alert_id.encode()
    tx = SimpleNamespace(
        done=[
            Completion(key, RuntimeError("Anna")),
        ],
        table={key: row.encode()} if kept else {},
    )
    with capture_logs() as lines:
        delivery._raised(cast("Tx", tx), tx.done[0])
    (line,) = lines
    assert (line["alert"], line["error"]) == (row.alert.alert_id, "RuntimeError")
    assert line.get("trace_id") == (TRACE_ID if kept else None)
    assert "Anna" not in str(line)
