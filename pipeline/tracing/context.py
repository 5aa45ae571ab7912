"""Where in a trace something stands, as W3C Trace Context writes it: `00-<trace id>-<span id>-<flags>`.

Ids are random, 16 and 8 bytes in lower-case hex, never made from anything that a report says. One in fifty holds, by
chance, ten digits that could be a birthday and a serial; as everywhere a long hex number with letters counts as made by
a machine, and one of digits alone does not.
"""

import random
import re
from typing import Final, NamedTuple

HEADER: Final = "traceparent"

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_SAMPLED: Final = 0x01
_random = random.Random()  # seeded by the system: ids must be apart, not secret  # noqa: S311


class Trace(NamedTuple):
    """A place in a trace. `sampled` says whether its spans are wanted; the ids stand in log lines either way."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """The W3C header's value, version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """The Kafka header that hands the trace on."""
        return ((HEADER, self.traceparent.encode()),)


def read(value: object) -> Trace | None:
    """Returns what a `traceparent` says, None if it is malformed; a header's bytes or a text.

    Versions above 00 are read as far as version 00 knows them; `ff`, ids of zeros only and capitals are malformed.
    Source: W3C Trace Context, sections 3.2.2 and 4.2. A trace id of decimal digits alone is taken as malformed, too.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if not isinstance(value, str) or (found := _FORM.fullmatch(value)) is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace_id.isdigit() or not span_id.strip("0"):
        return None  # zeros only are digits only
    return Trace(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def follow(parent: Trace | None) -> Trace:
    """Returns a new place in the parent's trace, or in a new one: sampled, as its parent is or, without one, always."""
    while True:
        bits = f"{_random.getrandbits(192):048x}"
        trace_id = bits[16:] if parent is None else parent.trace_id
        if not bits[:16].isdigit() and not trace_id.isdigit():  # see above; zeros are digits
            return Trace(trace_id, bits[:16], parent is None or parent.sampled)
