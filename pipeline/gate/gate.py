"""Admits or refuses one record of an ingress topic."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import orjson
from pydantic import JsonValue, ValidationError

from pipeline.gate.cloudevents import Mode, Parts, read_parts
from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.identifiers import holds_cpr
from pipeline.gate.legible import Legible, legible, salvaged
from pipeline.gate.limits import MAX_PROBLEMS
from pipeline.gate.masking import masked_body, unsafe_identifiers
from pipeline.gate.paths import attribute_path, data_path, known_names
from pipeline.gate.tenancy import others
from pipeline.gate.tracecontext import without_malformed
from pipeline.gate.violations import Location, from_validation
from schemas.actions import Act
from schemas.envelope import Envelope
from schemas.receipt import Problem
from schemas.registry import BY_DATASCHEMA, Data, DataModel, Ingress, dataschema, ingress_of
from schemas.reports import BreachSupplemented
from schemas.times import WITHOUT_OFFSET

__all__ = ["Admitted", "Legible", "Refused", "admit"]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event that follows the contract.

    `data` is what the sender said with its free text masked; no caller ever sees the original. `body` is the same as
    JSON, without what was left out or null, times as UTC ISO 8601. `digest` is SHA-256 of the canonical body,
    64 hex digits: equal for a resend, and of no use for guessing what was masked. `flags`: `content_type_missing`,
    `times_without_offset:<field>`, `cpr_masked`.
    """

    envelope: Envelope
    data: Data
    body: dict[str, JsonValue]
    flags: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that does not: what could be read of it, and one to twenty problems."""

    legible: Legible
    problems: tuple[Problem, ...]


def admit(
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    *,
    accepts: Literal["reports", "actions"],
    tenant: str | None = None,
) -> Admitted | Refused:
    """Judges the record's `value` and `headers` as an event for the ingress that `accepts` names. Never raises.

    `tenant` is the kommunekode of the municipality whose own topic the record came by: of another it may say nothing.
    Costs time and memory linear in the record's size, at most MAX_BYTES of which is looked at.
    """
    parts = read_parts(value, headers)
    if not parts.attributes:
        seen = salvaged(value) if value and parts.mode is Mode.STRUCTURED else Legible()
        return Refused(seen, parts.problems or (problem(ErrorCode.NOT_CLOUDEVENTS),))
    parts = replace(parts, attributes=without_malformed(parts.attributes))
    problems = list(parts.problems)
    envelope, times = _envelope(parts, problems)
    model = _model(parts, accepts, problems)
    data = _data(parts, model, times, problems) if model is not None else None
    if envelope is not None and data is not None:
        _same_municipality(envelope, data, problems)
    if tenant is not None:
        problems += others(tenant, parts.mode, envelope, data)
    if problems or envelope is None or data is None:
        return Refused(legible(parts.attributes), _in_order(problems))
    body = masked_body(data)
    flags = (*parts.flags, *(f"{WITHOUT_OFFSET}:{field}" for field in dict.fromkeys(times)))
    if b"[CPR]" in (canonical := orjson.dumps(body, option=orjson.OPT_SORT_KEYS)):
        flags = (*flags, "cpr_masked")
    data = type(data).model_validate(body)
    return Admitted(envelope, data, body, flags, hashlib.sha256(canonical).hexdigest())


def _envelope(parts: Parts, problems: list[Problem]) -> tuple[Envelope | None, list[str]]:
    def path(location: Location) -> str:
        return attribute_path(parts.mode, str(location[0]) if location else "")

    for name in Envelope.model_fields:
        item = parts.attributes.get(name)
        if isinstance(item, str) and (not item.isascii() or holds_cpr(item)):
            code = ErrorCode.CPR_IN_IDENTIFIER if item.isascii() else ErrorCode.ENVELOPE_INVALID
            problems.append(problem(code, attribute_path(parts.mode, name)))
    noted: dict[str, list[str]] = {}
    attributes = {name: item for name, item in parts.attributes.items() if item is not None}
    try:
        envelope = Envelope.model_validate(attributes, context=noted)
    except ValidationError as e:
        problems += from_validation(e, ErrorCode.ENVELOPE_INVALID, path, Envelope.model_fields)
        return None, []
    return envelope, noted.get(WITHOUT_OFFSET, [])


def _model(parts: Parts, accepts: str, problems: list[Problem]) -> DataModel | None:
    event_type = parts.attributes.get("type")
    if not isinstance(event_type, str):
        return None  # said by the envelope
    door = ingress_of(event_type)
    if door is None:
        problems.append(problem(ErrorCode.UNKNOWN_TYPE, attribute_path(parts.mode, "type")))
        return None
    if door is not Ingress(accepts):
        problems.append(problem(ErrorCode.WRONG_TOPIC, attribute_path(parts.mode, "type")))
    schema = parts.attributes.get("dataschema")
    named = BY_DATASCHEMA.get(schema) if isinstance(schema, str) else None
    if named is not None and named[0] == event_type:
        return named[1]
    if isinstance(schema, str):
        remedy = f"Use {dataschema(event_type)}."
        problems.append(problem(ErrorCode.UNKNOWN_DATASCHEMA, attribute_path(parts.mode, "dataschema"), remedy=remedy))
    return None


def _data(parts: Parts, model: DataModel, times: list[str], problems: list[Problem]) -> Data | None:
    if not parts.has_data:
        if not problems or parts.mode is Mode.STRUCTURED:
            reason = "The event has no data."
            problems.append(problem(ErrorCode.SCHEMA_VIOLATION, "/data", reason=reason, remedy="Add the member data."))
        return None
    noted: dict[str, list[str]] = {}
    try:
        data = model.model_validate(parts.data, context=noted)
    except ValidationError as e:
        problems += from_validation(e, ErrorCode.SCHEMA_VIOLATION, data_path, known_names())
        return None
    times += noted.get(WITHOUT_OFFSET, [])
    problems += (problem(ErrorCode.CPR_IN_IDENTIFIER, data_path(where)) for where in unsafe_identifiers(data))
    return data


def _same_municipality(envelope: Envelope, data: Data, problems: list[Problem]) -> None:
    reference = data.reference if isinstance(data, Act | BreachSupplemented) else None
    if reference is not None and not reference.startswith(f"{envelope.municipality}-"):
        problems.append(problem(ErrorCode.MUNICIPALITY_MISMATCH, "/data/reference"))


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Returns the problems without repeats and no more than an answer can hold."""
    return tuple({(each.code, each.path, each.reason): each for each in problems}.values())[:MAX_PROBLEMS]
