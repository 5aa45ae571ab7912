"""What stands in a backup, line by line: a header, rows, records on their way, and a trailer that counts and hashes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pipeline.kafka.topics import Topics

FORMAT: Final = "brudvagt-backup"
VERSION: Final = 1

TABLES: Final = ("deliveries", "chains", "cases", "intake")
"""The stages' tables, the last stage first: see `pipeline.backup.snapshot`. Intake's holds the engine's own rows alone."""


def inputs(topics: Topics) -> Mapping[str, tuple[str, ...]]:
    """Returns what a table's stage reads and may not have handled yet, by table, without the prefix.

    Routing reads `cases`, which is in the backup whole; the copies of municipalities with own topics follow from it.
    """
    ingress = tuple(name.removeprefix(f"{topics.prefix}.") for name in topics.ingress)
    return {"intake": ingress, "cases": ("facts",), "deliveries": ("alerts",)}


@dataclass(frozen=True, slots=True)
class Header:
    """Whose backup it is and of when: `taken_at` is ISO 8601 in UTC, real time."""

    prefix: str
    partitions: int
    taken_at: str
    written_by: str  # version of Brudvagt


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, on the partition where it stood."""

    table: str
    partition: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A record that its stage had not handled; `timestamp_ms` is the broker's, unix milliseconds, real time."""

    stream: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Trailer:
    """How many rows and records stand above it by table and stream, and the SHA-256 of every byte above it."""

    sha256: str
    counts: Mapping[str, int] = field(default_factory=dict)


Item = Row | OnItsWay


def header_line(header: Header) -> bytes:
    """Returns the first line."""
    own = {"format": FORMAT, "version": VERSION, "prefix": header.prefix, "partitions": header.partitions}
    return orjson.dumps({**own, "taken_at": header.taken_at, "written_by": header.written_by}) + b"\n"


def item_line(item: Item) -> bytes:
    """Returns the line of a row or record; bytes that are no UTF-8 stand in base 64."""
    if isinstance(item, Row):
        place = {"table": item.table, "partition": item.partition}
        return orjson.dumps({**place, "key": _text(item.key), "value": _text(item.value)}) + b"\n"
    place = {"stream": item.stream, "partition": item.partition}
    more = {
        "offset": item.offset,
        "timestamp_ms": item.timestamp_ms,
        "headers": [[n, _text(v)] for n, v in item.headers],
    }
    return orjson.dumps({**place, **more, "key": _text(item.key), "value": _text(item.value)}) + b"\n"


def item_of(line: Mapping[str, Any]) -> Item:
    """Reads such a line; raises KeyError, TypeError or ValueError for one of another shape."""
    key, value = _bytes(line["key"]), _bytes(line["value"])
    if "table" in line:
        if key is None or value is None:
            raise ValueError("a row without key or value")
        return Row(str(line["table"]), int(line["partition"]), key, value)
    headers = tuple((str(name), _bytes(content) or b"") for name, content in line["headers"])
    at = (str(line["stream"]), int(line["partition"]), int(line["offset"]), int(line["timestamp_ms"]))
    return OnItsWay(*at, key, value, headers)


def _text(raw: bytes | None) -> str | dict[str, str] | None:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _bytes(text: str | dict[str, str] | None) -> bytes | None:
    if text is None:
        return None
    return text.encode() if isinstance(text, str) else base64.b64decode(text["base64"], validate=True)
