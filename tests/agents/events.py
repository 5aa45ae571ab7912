"""Events as a form system and as a person's tool send them; what the contract's examples do not hold."""

import itertools
import json
from collections.abc import Mapping

from pydantic import JsonValue

from pipeline.cases.identity import reference

HERNING = "657"
DPO, DECIDES = "dpo:dpo", "decision_maker:direktion"  # as Herning's contact plan names them
_numbers = itertools.count(1)

LETTER: Mapping[str, JsonValue] = {
    "reporter": {"role": "finder"},
    "report_channel": "self_service_form",
    "circumstances": {
        "aspects": ["confidentiality"],
        "medium": "letter",
        "data": [{"category": "name", "detail": "content"}, {"category": "benefits", "detail": "some"}],
        "subjects": {"count": {"kind": "exact", "number": 1}, "protected_address": "no"},
        "exposure": "known_recipients",
        "recipient": {"kind": "citizen", "relation": "none", "opened": "yes"},
        "description": "Jeg har fået et brev, der er til en anden.",
    },
}
"""A letter to the wrong citizen."""


def event(
    kind: str,
    data: Mapping[str, JsonValue],
    municipality: str,
    number: str | None,
    source: str,
    correlation: str | None,
) -> bytes:
    """Returns one structured CloudEvent; without a number it gets a fresh one."""
    envelope: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": number or f"event-{next(_numbers)}",
        "source": source,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:2026-11-01",
        "municipality": municipality,
        "data": dict(data),
    }
    if correlation is not None:
        envelope["correlationid"] = correlation
    return json.dumps(envelope, ensure_ascii=False).encode()


def report(
    correlation: str,
    data: Mapping[str, JsonValue] = LETTER,
    *,
    municipality: str = HERNING,
    number: str | None = None,
    source: str = "/forms/657/citizen",
) -> bytes:
    """Returns a report on the incident `correlation`."""
    return event("dk.brudvagt.breach.reported", data, municipality, number, source, correlation)


def act(
    name: str, ref: str, who: str = DPO, /, municipality: str = HERNING, number: str | None = None, **data: JsonValue
) -> bytes:
    """Returns a person's act on the case `ref`; `who` is role and local id."""
    role, _, local_id = who.partition(":")
    body: dict[str, JsonValue] = {"reference": ref, "by": {"role": role, "local_id": local_id}, **data}
    return event(f"dk.brudvagt.act.{name}", body, municipality, number, "/tools/657/journal", None)


def case(correlation: str, municipality: str = HERNING) -> str:
    """Returns the reference of the incident's case."""
    return reference(municipality, correlation)
