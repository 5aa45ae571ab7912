"""The same work for every contender: validate a report of about 500 bytes, add it to its case, alert for one in twenty.

Nothing here knows Kafka. Validation is pydantic's compiled core and JSON is orjson, as in the project's own stages.
"""

from datetime import datetime
from typing import Any, Literal

import orjson
import pydantic

EVENTS_PER_CASE = 10
ALERT_EVERY = 20
"""Five per cent."""

Row = dict[str, Any]


class Report(pydantic.BaseModel):
    """A breach report. `sent` is the sender's unix time in seconds, for latency."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    id: int
    case_id: str
    organisation: str
    aspect: Literal["confidentiality", "integrity", "availability"]
    subjects: int
    categories: list[str]
    detected_at: datetime
    sent: float
    urgent: bool
    description: str


validate = Report.model_validate_json


def add(row: Row | None, report: Report) -> Row:
    """Returns the case's row with the report in it, once."""
    if row is None:
        first = report.detected_at.timestamp()
        row = {"case": report.case_id, "organisation": report.organisation, "first": first, "subjects": 0, "ids": []}
    if report.id not in row["ids"]:
        row["ids"].append(report.id)
        row["subjects"] += report.subjects
    return row


def apply(stored: bytes | None, report: Report) -> bytes:
    """Does the same to a stored row; returns what to store."""
    return orjson.dumps(add(orjson.loads(stored) if stored else None, report))


def alert(report: Report) -> bytes | None:
    """Returns the alert that a report calls for, if it does."""
    if not report.urgent:
        return None
    return orjson.dumps({"id": report.id, "case": report.case_id, "sent": report.sent})


def make_report(number: int, case: str, *, urgent: bool, sent: float) -> bytes:
    """Returns one encoded report, 490 to 510 bytes."""
    return orjson.dumps(
        {
            "id": number,
            "case_id": case,
            "organisation": "municipality-657",
            "aspect": "confidentiality",
            "subjects": 1200 + number % 7,
            "categories": ["health", "contact"],
            "detected_at": "2026-11-21T10:00:00Z",
            "sent": sent,
            "urgent": urgent,
            "description": "x" * 270,
        }
    )
