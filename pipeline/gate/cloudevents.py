"""Finds the attributes and the data of a CloudEvent 1.0 in a Kafka record, in structured and in binary mode.

Source: CloudEvents 1.0.2 and its Kafka protocol binding, sections 3.1 to 3.3. The mode is told by `content-type`; a
record without that header whose value is an envelope is tolerated, since several clients set no headers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.json_text import Unreadable, read_json
from pipeline.gate.limits import headers_too_large
from pipeline.gate.paths import attribute_path
from pipeline.gate.tracecontext import TRACE_ATTRIBUTES
from schemas.receipt import Problem

STRUCTURED = "application/cloudevents+json"
PREFIX = "ce_"


class Mode(StrEnum):
    """How the event is laid into the record."""

    STRUCTURED = "structured"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found: attributes as JSON values, and data if there is any that could be read."""

    mode: Mode
    attributes: dict[str, JsonValue]
    data: JsonValue
    has_data: bool
    flags: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_parts(value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> Parts:
    """Splits a record into the attributes and the data of its event, collecting what is wrong with the layout."""
    listed = list(headers)
    if code := headers_too_large(listed):
        return Parts(Mode.STRUCTURED, {}, None, False, (), (problem(code),))
    attributes, problems = _header_attributes(listed)
    content_type = attributes.pop("content-type", None)
    media_type = _media_type(content_type)
    if media_type.startswith("application/cloudevents"):
        return _structured(value, media_type)
    if attributes:
        return _binary(value, attributes, media_type, problems)
    return _structured(value, None) if not problems else Parts(Mode.BINARY, {}, None, False, (), tuple(problems))


def _header_attributes(headers: list[tuple[str, bytes]]) -> tuple[dict[str, JsonValue], list[Problem]]:
    found: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for header, raw in headers:
        name = header.lower()
        if name != "content-type" and not name.startswith(PREFIX):
            continue  # a sender's own headers are nobody's business here and are never copied
        name = name.removeprefix(PREFIX)
        try:
            text = (raw or b"").decode("utf-8")
        except UnicodeDecodeError:
            if name in TRACE_ATTRIBUTES:
                found[name] = ""  # malformed, which of these is no problem
                continue
            problems.append(problem(ErrorCode.HEADERS_INVALID, _header_path(name)))
            continue
        if name in found and name in TRACE_ATTRIBUTES:
            text = ""
        elif name in found:
            problems.append(problem(ErrorCode.DUPLICATE_NAME, _header_path(name)))
        found[name] = text
    return found, problems


def _header_path(name: str) -> str:
    return "content-type" if name == "content-type" else attribute_path(Mode.BINARY, name)


def _media_type(content_type: JsonValue) -> str:
    return content_type.partition(";")[0].strip().lower() if isinstance(content_type, str) else ""


def _structured(value: bytes | None, media_type: str | None) -> Parts:
    def failed(code: ErrorCode) -> Parts:
        return Parts(Mode.STRUCTURED, {}, None, False, (), (problem(code),))

    if not value:
        return failed(ErrorCode.EMPTY)
    if media_type not in (None, STRUCTURED):
        return failed(ErrorCode.NOT_CLOUDEVENTS)  # a batch, or another format than JSON
    try:
        event = read_json(value)
    except Unreadable as e:
        return failed(e.code)
    if not isinstance(event, dict) or (media_type is None and "specversion" not in event):
        return failed(ErrorCode.NOT_CLOUDEVENTS)
    flags = ("content_type_missing",) if media_type is None else ()
    attributes = {name: item for name, item in event.items() if name != "data"}
    return Parts(Mode.STRUCTURED, attributes, event.get("data"), "data" in event, flags, ())


def _binary(value: bytes | None, attributes: dict[str, JsonValue], media_type: str, problems: list[Problem]) -> Parts:
    data: JsonValue = None
    has_data = False
    if "datacontenttype" in attributes or media_type not in ("", "application/json"):
        reason = "In binary mode the data's media type is the header content-type, and it must be application/json."
        problems.append(problem(ErrorCode.ENVELOPE_INVALID, "content-type", reason=reason))
        attributes.pop("datacontenttype", None)
    elif not value:
        problems.append(problem(ErrorCode.EMPTY, "/data"))
    else:
        try:
            data, has_data = read_json(value), True
        except Unreadable as e:
            problems.append(problem(e.code, "/data"))
    return Parts(Mode.BINARY, attributes, data, has_data, (), tuple(problems))
