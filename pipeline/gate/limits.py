"""What one event may cost, checked on the bytes before they are parsed, so that a hostile event stays cheap."""

import re
from collections.abc import Sequence

from pipeline.gate.codes import ErrorCode

MAX_BYTES = 1 << 20  # 1 MiB: 48 kB of text and 100 attachments come to about 150 kB
MAX_DEPTH = 16  # the deepest field of the contract lies at 6
MAX_NODES = 20_000  # the largest event that follows a schema has about 2,500
MAX_HEADERS = 64
MAX_HEADER_BYTES = 64 * 1024
MAX_NUMBER = 30  # characters; CPython's int() takes quadratic time in the number of digits
MAX_PROBLEMS = 20  # an answer that nobody reads to the end helps nobody

# Everything but brackets and commas outside of strings. The quantifiers are possessive: one pass, no way back.
_NOISE = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[^\[\]{},"]++', re.DOTALL)
_LONG_NUMBER = re.compile(rb"[0-9.eE+-]{%d}" % (MAX_NUMBER + 1))
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_OPENING = frozenset(b"[{")
_CLOSING = frozenset(b"]}")


def headers_too_large(headers: Sequence[tuple[str, bytes]]) -> ErrorCode | None:
    """Says which limit the `headers` break, if any."""
    if len(headers) > MAX_HEADERS:
        return ErrorCode.HEADERS_INVALID
    if sum(len(name) + len(value or b"") for name, value in headers) > MAX_HEADER_BYTES:
        return ErrorCode.TOO_LARGE
    return None


def json_too_costly(value: bytes) -> ErrorCode | None:
    """Says which limit the JSON text `value` breaks, if any, without parsing it; linear in its length."""
    if len(value) > MAX_BYTES:
        return ErrorCode.TOO_LARGE
    structure = _NOISE.sub(b"", value)
    depth = 0
    for byte in structure[: 2 * MAX_NODES]:  # a value costs a comma or two brackets at most
        if byte in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                return ErrorCode.TOO_DEEP
        elif byte in _CLOSING:
            depth -= 1
    if len(structure.translate(None, b"]}")) > MAX_NODES:
        return ErrorCode.TOO_MANY_PARTS
    if _LONG_NUMBER.search(value) and _LONG_NUMBER.search(_STRING.sub(b"", value)):
        return ErrorCode.NOT_JSON
    return None
