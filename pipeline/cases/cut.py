"""A row cut into its parts: what a rung needs to know is read, and what it changes is put in; the rest stays bytes.

Nine tenths of a row are the report and its assessment, which no rung looks at. The cuts are made at sequences that JSON
allows nowhere else than between two fields: inside a text every quotation mark is escaped. A row that does not have the
shape that `CaseRecord.encode` gives it is not cut.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from pipeline.cases.ladder import Step

_WAKE_AT = re.compile(rb'\{"wake_at":[0-9.]+,"schema_version":')
_DEMANDS, _BEHIND = b',"demands":[', b',"acknowledged_by":['
_FACTS, _END = b',"facts":[', b'],"trimmed":{}}'
_FACT = b'{"fact_id":"'
_FACT_AT = re.compile(
    rb'\{"fact_id":"[0-9a-f]{32}","kind":"[a-z_.]+","case_id":"[^"]*","municipality":"[0-9]{3}","occurred_at":"[^"]*",'
    rb'"recorded_at":"([^"]*)"'
)
_RUNG_KIND = b'","kind":"rung.reached",'
_BEFORE_KIND = len(_FACT) + 32
_RUNG = re.compile(
    rb'\{"fact_id":"[0-9a-f]{32}","kind":"rung\.reached","case_id":"[^"]*","municipality":"[0-9]{3}",'
    rb'"occurred_at":"[^"]*","recorded_at":"([^"]*)","by":\{"role":"machine","local_id":"brudvagt"\},'
    rb'"sender":"brudvagt","body":\{"clock":"([a-z0-9_-]*)","rung":"([a-z0-9_]*)","due_at":"([^"]*)",'
    rb'"late_s":([0-9.e+-]*)\}'
)
_SAFETY = re.compile(rb'"assessment":\{[^][{}]*"safety":(true|false)[,}]')


class Cut(NamedTuple):
    """A row with its head decoded. `last_at` is when its newest fact was recorded."""

    row: bytes
    head: dict[str, Any]
    steps: list[Step]
    last_at: datetime
    demands: slice  # from the field's comma to its end

    def safety(self) -> bool | None:
        """Returns whether a person's safety is at stake; None where the row does not say."""
        found = _SAFETY.search(self.row, self.demands.stop)
        return None if found is None else found[1] == b"true"


def put(row: bytes, demands: slice, wake_at: float, asked: Iterable[bytes], facts: Iterable[bytes]) -> bytes:
    """Returns a row that was cut with another wake-up, other demands, and these facts behind its own."""
    parts = (
        b'{"wake_at":', orjson.dumps(wake_at), row[row.index(b",") : demands.start], _DEMANDS, b",".join(asked),
        b"]", row[demands.stop : -len(_END)], b",", b",".join(facts), _END,
    )  # fmt: skip
    return b"".join(parts)


def cut(row: bytes) -> Cut | None:
    """Returns the parts of a case's row; None for a row of another shape, which has to be decoded."""
    if _WAKE_AT.match(row) is None or not row.endswith(_END):
        return None
    start = row.find(_DEMANDS)
    end = row.find(_BEHIND, start) if start > 0 else -1
    facts = row.find(_FACTS, end) if end > 0 else -1
    last = _FACT_AT.match(row, row.rfind(_FACT)) if facts > 0 else None
    if last is None:
        return None
    steps = _steps(row, facts)
    if steps is None:
        return None
    try:
        head = orjson.loads(row[:end] + b"}")
    except orjson.JSONDecodeError:
        return None
    if next(reversed(head)) != "demands":
        return None  # something stands between the two cuts that `put` would leave out
    return Cut(row, head, steps, datetime.fromisoformat(last[1].decode()), slice(start, end))


def _steps(row: bytes, start: int) -> list[Step] | None:
    """Returns the rungs reached, in the order of the facts; None where one of them looks other than ours do."""
    first = row.find(_RUNG_KIND, start)
    if first < 0:
        return []
    read = datetime.fromisoformat
    found = [
        Step(clock.decode(), name.decode(), read(due_at.decode()), read(at.decode()), float(late_s))
        for at, clock, name, due_at, late_s in _RUNG.findall(row, first - _BEFORE_KIND)
    ]
    return found if len(found) == row.count(_RUNG_KIND, first) else None
