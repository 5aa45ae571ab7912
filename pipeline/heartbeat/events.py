"""The events of a beat, as any form system and any person's tool would send them."""

import orjson
from pydantic import JsonValue

from pipeline.cases.identity import reference
from pipeline.heartbeat.tenant import CLOSER, LISTENER
from schemas.actions import PREFIX
from schemas.heartbeat import SOURCE, TENANT
from schemas.reports import BREACH_REPORTED, VERSION
from schemas.values import Role

_REASON = "Prøve af alarmen; der er intet brud."


def report(beat_id: str) -> bytes:
    """Returns the report that opens the case of beat `beat_id`: nobody's data, nobody concerned."""
    return _event(
        BREACH_REPORTED,
        beat_id,
        {"reporter": {"role": "system"}, "circumstances": {"medium": "other"}},
        correlation=beat_id,
    )


def case_of(beat_id: str) -> str:
    """Returns the reference of the beat's case."""
    return reference(TENANT, beat_id)


def acknowledge(ref: str) -> bytes:
    """Returns the listener's acknowledgement."""
    return _act("acknowledge", ref, Role.DPO, LISTENER)


def clear(ref: str) -> tuple[bytes, bytes]:
    """Returns what closes the case and erases it, in this order: no beat stays in the tables."""
    closing = _act("close", ref, Role.DECISION_MAKER, CLOSER, closing="not_a_breach", reason=_REASON)
    return closing, _act("erase", ref, Role.OPERATIONS, CLOSER, reason=_REASON)


def _act(name: str, ref: str, role: Role, local_id: str, **data: JsonValue) -> bytes:
    body: dict[str, JsonValue] = {"reference": ref, "by": {"role": str(role), "local_id": local_id}, **data}
    return _event(PREFIX + name, f"{ref}-{name}", body)


def _event(kind: str, event_id: str, data: dict[str, JsonValue], correlation: str | None = None) -> bytes:
    event: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": TENANT,
        "data": data,
    }
    if correlation is not None:
        event["correlationid"] = correlation
    return orjson.dumps(event)
