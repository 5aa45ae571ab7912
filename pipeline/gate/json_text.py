"""Reads one JSON text as RFC 8259 defines it, strictly: no second meaning, nothing that cannot be written again."""

import json
from typing import NoReturn

from pydantic import JsonValue

from pipeline.gate.codes import ErrorCode
from pipeline.gate.limits import json_too_costly

BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """The bytes are not an acceptable JSON text; carries the code and never the content."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


def read_json(value: bytes) -> JsonValue:
    """Returns the JSON value that the UTF-8 bytes `value` hold; a leading byte order mark is passed over.

    Raises Unreadable for text that is too costly, not UTF-8, not JSON, holds a name twice in an object, a number that
    is not finite, or half of a surrogate pair.
    """
    if code := json_too_costly(value):
        raise Unreadable(code)
    try:
        text = value.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(ErrorCode.NOT_UTF8) from None
    try:
        parsed: JsonValue = json.loads(
            text, object_pairs_hook=_each_name_once, parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError):
        raise Unreadable(ErrorCode.NOT_JSON) from None
    if "\\u" in text and _holds_half_a_pair(parsed):
        raise Unreadable(ErrorCode.NOT_UTF8)
    return parsed


def _each_name_once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    together = dict(pairs)
    if len(together) != len(pairs):
        raise Unreadable(ErrorCode.DUPLICATE_NAME)
    return together


def _refuse(_constant: str) -> NoReturn:
    raise Unreadable(ErrorCode.NOT_JSON)


def _finite(number: str) -> float:
    value = float(number)
    if value - value != 0:  # 1e999 reads as infinity, which is not JSON when written again
        raise Unreadable(ErrorCode.NOT_JSON)
    return value


def _holds_half_a_pair(value: JsonValue) -> bool:
    todo: list[JsonValue] = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError:
                return True
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, dict):
            todo += item.values()
            todo += item.keys()
    return False
