"""Builds events for the tests of the gate."""

import json

from pydantic import JsonValue

from pipeline.gate.gate import Admitted, Refused, admit
from schemas.registry import dataschema
from schemas.reports import BREACH_REPORTED

STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]
ACKNOWLEDGE = "dk.brudvagt.act.acknowledge"
REFERENCE = "657-EQ38Y-WEBWA-4"


def event(event_type: str = BREACH_REPORTED, data: JsonValue = None, /, **changes: JsonValue) -> dict[str, JsonValue]:
    """Returns a structured event; `changes` replace attributes."""
    made: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": "form-1",
        "source": "/forms/657/staff",
        "type": event_type,
        "dataschema": dataschema(event_type),
        "municipality": "657",
        "data": {} if data is None else data,
    }
    return made | changes


def judged(made: dict[str, JsonValue]) -> Admitted | Refused:
    """Returns the gate's verdict on a structured event on the reports topic."""
    return admit(json.dumps(made).encode(), STRUCTURED, accepts="reports")


def admitted(made: dict[str, JsonValue]) -> Admitted:
    """Returns the verdict on an event that must be admitted."""
    verdict = judged(made)
    assert isinstance(verdict, Admitted), verdict
    return verdict


def refused(made: dict[str, JsonValue]) -> Refused:
    """Returns the verdict on an event that must be refused."""
    verdict = judged(made)
    assert isinstance(verdict, Refused), verdict
    return verdict


def found(verdict: Admitted | Refused) -> set[tuple[str, str]]:
    """Returns code and path of each problem; empty for an admitted event."""
    return {(each.code, each.path) for each in verdict.problems} if isinstance(verdict, Refused) else set()
