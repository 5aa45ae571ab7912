"""What can be told of an event even if it is refused: enough to name its sender, its tenant and its case.

Each value is checked by itself; one that breaks its form or could hold a CPR number is not legible.
"""

import re
from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter, ValidationError

from pipeline.gate.identifiers import holds_cpr
from pipeline.tracing.context import HEADER, read
from schemas.envelope import Correlation, EventId, Source
from schemas.registry import ingress_of
from schemas.shape import Kommunekode


@dataclass(frozen=True, slots=True)
class Legible:
    """The safe part of an event: None where it is missing, malformed or could name a person."""

    source: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    municipality: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


_FORMS: dict[str, TypeAdapter[str]] = {
    "source": TypeAdapter(Source),
    "id": TypeAdapter(EventId),
    "municipality": TypeAdapter(Kommunekode),
    "correlationid": TypeAdapter(Correlation),
}
_SALVAGE_BYTES = 64 * 1024  # senders write the attributes first, or after data that fit
_ATTRIBUTE = re.compile(
    rb'(?<!\\)"(source|id|type|municipality|correlationid)"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"([!#-\[\]-~]{1,200})"'
)


def legible(attributes: dict[str, JsonValue]) -> Legible:
    """Returns the attributes that are safe to keep and show."""
    event_type, trace = attributes.get("type"), read(attributes.get(HEADER))
    return Legible(
        source=_safe("source", attributes),
        event_id=_safe("id", attributes),
        event_type=event_type if isinstance(event_type, str) and ingress_of(event_type) else None,
        municipality=_safe("municipality", attributes),
        correlationid=_safe("correlationid", attributes),
        traceparent=None if trace is None else trace.traceparent,
    )


def salvaged(value: bytes) -> Legible:
    """Returns what stands in bytes that are no JSON, such as a truncated envelope, so that the clock has a tenant.

    Only the first 64 KiB are read, and a name that stands there with two different values is not legible.
    """
    found: dict[str, JsonValue] = {}
    twice: set[str] = set()
    for name, text in _ATTRIBUTE.findall(value[:_SALVAGE_BYTES]):
        key, item = name.decode(), text.decode()
        if found.setdefault(key, item) != item:
            twice.add(key)
    return legible({name: item for name, item in found.items() if name not in twice})


def _safe(name: str, attributes: dict[str, JsonValue]) -> str | None:
    value = attributes.get(name)
    if not isinstance(value, str) or not value.isascii() or holds_cpr(value):
        return None
    try:
        return _FORMS[name].validate_python(value)
    except ValidationError:
        return None
