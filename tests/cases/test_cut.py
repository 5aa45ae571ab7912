"""A row is cut where JSON allows the cut and nowhere else; a row of another shape is not cut at all."""

import orjson
import pytest

from pipeline.cases.casework import work
from pipeline.cases.cut import cut, put
from schemas.case import CaseRecord
from schemas.facts import FactKind
from tests.cases.scene import GRAVE, HOUR, T0, Body, catalogue, fact

TRAPS = (
    '],"acknowledged_by":["dpo"],"facts":[{"fact_id":"',
    ',"demands":[{"clock":"none"}],"trimmed":{}}',
    '{"fact_id":"00000000000000000000000000000000","kind":"rung.reached","case_id":"657-0"}',
    '\\","kind":"rung.reached","assessment":{"safety":true}',
)


def _record(body: Body) -> CaseRecord:
    opened = work(None, [fact(FactKind.MISDELIVERY_RECEIVED, T0, body)], T0, catalogue()).record
    assert opened is not None
    climbed = work(opened, [], T0 + 30 * HOUR, catalogue()).record
    assert climbed is not None
    return climbed


@pytest.mark.parametrize("trap", TRAPS)
def test_what_somebody_writes_never_looks_like_a_cut(trap: str) -> None:
    """A text that holds the very sequences stays a text: the parts are those of the same case without it."""
    plain, laid = (_record({**GRAVE, "description": text}) for text in ("a letter", trap))
    one, other = cut(plain.encode()), cut(laid.encode())
    assert one is not None
    assert other is not None
    assert other.head["demands"] == one.head["demands"] != []
    assert [step.due_at for step in other.steps] == [step.due_at for step in one.steps] != []
    assert other.safety() == one.safety()
    demands = [orjson.dumps(demand) for demand in other.head["demands"]]
    after = orjson.loads(put(laid.encode(), other.demands, 5.0, demands, [b'{"new":1}']))
    whole = orjson.loads(laid.encode())
    assert after == {**whole, "wake_at": 5.0, "facts": [*whole["facts"], {"new": 1}]}


def test_the_parts_are_those_of_the_record() -> None:
    """Rungs, newest fact and safety are read from the bytes as decoding reads them."""
    record = _record(GRAVE)
    parts = cut(record.encode())
    assert parts is not None
    assert record.assessment is not None
    reached = [one.body for one in record.facts if one.kind == FactKind.RUNG_REACHED]
    assert [(step.clock, step.name) for step in parts.steps] == [(one["clock"], one["rung"]) for one in reached]
    assert parts.last_at == record.facts[-1].recorded_at
    assert parts.safety() is record.assessment.safety
    assert {**parts.head, "demands": len(parts.head["demands"])}["demands"] == len(record.demands)


@pytest.mark.parametrize(
    "shape", ["a field after the demands", "a field at the end", "a rung with more to it", "no wake"]
)
def test_a_row_of_another_shape_is_not_cut(shape: str) -> None:
    """A newer version may write more than this one knows: such a row is decoded, and nothing of it is dropped here."""
    row = orjson.loads(_record(GRAVE).encode())
    assert cut(orjson.dumps(row)) is not None
    if shape == "a field after the demands":
        row = {key: value for name, kept in row.items()
               for key, value in ([(name, kept), ("moods", [1])] if name == "demands" else [(name, kept)])}  # fmt: skip
    elif shape == "a field at the end":
        row["weather"] = "grey"
    elif shape == "a rung with more to it":
        next(one for one in row["facts"] if one["kind"] == "rung.reached")["body"]["clock"] = "Another one"
    else:
        row = {key: value for key, value in row.items() if key != "wake_at"}
    assert cut(orjson.dumps(row)) is None
