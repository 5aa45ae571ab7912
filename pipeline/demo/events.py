"""The story's words: a moment, an event as a form system sends it, an act as a person's tool does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from pipeline.cases.identity import reference
from schemas.actions import PREFIX
from schemas.reports import VERSION

BEGINNING = datetime(2026, 11, 16, 7, 30, tzinfo=UTC)
"""A Monday morning, 8.30 Danish time: 72 hours later it is Thursday, and no weekend is in between."""

HVIDOVRE, HERNING, BILLUND, NORDDJURS, GLOSTRUP = FIVE = ("167", "657", "530", "707", "161")
LETTER, FOLDER, HIDDEN, FAULT = "incident-letter", "incident-folder", "incident-hidden", "incident-fault"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens `hour` shown hours in: on which topic, what, told in a line."""

    hour: float
    topic: str  # reports or actions
    line: str
    value: bytes
    rung_for: str | None = None  # the role that must have heard of the case before anybody acts so


def case(municipality: str, correlation: str) -> str:
    """Returns the reference that the story's incident has in a municipality."""
    return reference(municipality, correlation)


def event(
    kind: str,
    number: str,
    source: str,
    municipality: str,
    data: Mapping[str, JsonValue],
    correlation: str | None = None,
) -> bytes:
    """Returns a structured CloudEvent as a form system sends it."""
    envelope: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": number,
        "source": source,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": municipality,
        "data": dict(data),
    }
    if correlation is not None:
        envelope["correlationid"] = correlation
    return json.dumps(envelope, ensure_ascii=False).encode()


def act(name: str, number: str, ref: str, who: str, **data: JsonValue) -> bytes:
    """Returns a person's act; `who` is role and local id, `dpo:dpo-1`."""
    role, _, local_id = who.partition(":")
    body: dict[str, JsonValue] = {"reference": ref, "by": {"role": role, "local_id": local_id}, **data}
    return event(PREFIX + name, number, "/tools/demo", ref[:3], body)
