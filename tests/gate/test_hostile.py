"""Hostile records: one refusal each, bounded cost, and no number that gets through."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from pipeline.gate.codes import ErrorCode
from pipeline.gate.gate import Admitted, Refused, admit
from pipeline.gate.limits import MAX_BYTES
from tests.engine.pace import slowness
from tests.gate.events import STRUCTURED, admitted, event, found
from tests.gate.hostile import BEYOND, malformed
from tests.privacy.spellings import plain_digits, spelled

RECORDS = malformed(seed=20261122, n=400)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def test_malformed_records_are_distinct_and_repeatable() -> None:
    """The generator gives as many different records as asked for, the same ones for the same seed."""
    keys = {(value, tuple(headers)) for value, headers in RECORDS}
    assert len(keys) == 400
    assert malformed(seed=20261122, n=400) == RECORDS


def test_every_malformed_record_is_refused_once_and_cheaply() -> None:
    """Each of 400 malformed records ends as one refusal with one to twenty known problems, in under a second."""
    known = {code.value for code in ErrorCode}
    budget_s = slowness()  # a second of CPU time, of a core like the one on which it was set
    for value, headers in [*RECORDS, BEYOND]:
        started = time.process_time()
        verdict = admit(value, headers, accepts="reports")
        assert time.process_time() - started < budget_s
        assert isinstance(verdict, Refused), value
        assert 1 <= len(verdict.problems) <= 20
        assert {each.code for each in verdict.problems} <= known
        assert "internal_error" not in {each.code for each in verdict.problems}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "empty"), (b"", "empty"), (b"\xff\xfe{}", "not_utf8"), ('{"a":"æ"}'.encode("latin-1"), "not_utf8"),
        (b"{", "not_json"), (b"[" * 500_000, "too_deep"), (b'{"a":' * 17 + b"1" + b"}" * 17, "too_deep"),
        (b"[" + b"0," * 30_000 + b"0]", "too_many_parts"), (b'{"a":1,"a":2}', "duplicate_name"),
        (b'{"a":NaN}', "not_json"), (b'{"a":1e999}', "not_json"), (b'{"a":' + b"9" * 31 + b"}", "not_json"),
        (b'{"a":"\\ud800"}', "not_utf8"), (b'{"\\ud800":1}', "not_utf8"), (b" " * (MAX_BYTES + 1), "too_large"),
        (b'"' + b"\\" * 400_001, "not_json"), (b"[1]", "not_cloudevents"),
    ],
    ids=range(17),
)  # fmt: skip
def test_each_way_of_being_unreadable_has_its_code(value: bytes | None, code: str) -> None:
    """Bytes that are no acceptable JSON are refused with the code that says why."""
    assert found(admit(value, STRUCTURED, accepts="reports")) == {(code, "")}


def test_depth_and_numbers_within_texts_do_not_count() -> None:
    """Brackets, commas and long numbers inside a string are text and break no limit."""
    text = "[" * 100 + "{" * 100 + '\\"' + "1234567 " * 10 + "7" * 60 + "," * 3000
    assert isinstance(admitted(event(data={"circumstances": {"description": text}})), Admitted)


def test_the_largest_honest_event_is_admitted() -> None:
    """Every text at 8,000 characters and 100 attachments are within the limits."""
    texts = ("description", "consequences", "measures_before", "measures_taken", "measures_planned")
    attachment: JsonValue = {
        "sha256": "a" * 64,
        "bytes": 1,
        "media_type": "m" * 200,
        "pointer": "p",
        "file_name": "f" * 200,
    }
    data: JsonValue = {"circumstances": dict.fromkeys(texts, "ø" * 8000), "attachments": [attachment] * 100}
    assert isinstance(admitted(event(data=data)), Admitted)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.none(), st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=40)), max_size=5)
)
def test_the_gate_never_raises_on_bytes(value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    """Any bytes with any headers are judged, not crashed on."""
    assert isinstance(admit(value, headers, accepts="reports"), Refused)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(event())) | st.text(max_size=8), JSON, max_size=6))
def test_the_gate_never_raises_on_json(changes: dict[str, JsonValue]) -> None:
    """An envelope with any JSON in any place is judged, and whatever is admitted can be written as JSON again."""
    verdict = admit(json.dumps(event() | changes).encode(), STRUCTURED, accepts="reports")
    if isinstance(verdict, Admitted):
        json.dumps(verdict.body, allow_nan=False).encode()


@settings(max_examples=300, deadline=None)
@given(
    spelled(),
    st.sampled_from(
        ["description", "systems", "file_name", "letter", "unknown", "id", "correlationid", "unit", "role", "attribute"]
    ),
)
def test_no_number_gets_through_anywhere(written: tuple[str, str], place: str) -> None:
    """In whatever spelling and field a CPR number comes, neither what is admitted nor a refusal holds its digits."""
    digits, spelling = written
    text = f"a {spelling} b"
    attachment: JsonValue = {"sha256": "a" * 64, "bytes": 1, "media_type": "m", "pointer": "p", "file_name": text}
    changes: dict[str, dict[str, JsonValue]] = {
        "description": {"data": {"circumstances": {"description": text}}},
        "systems": {"data": {"circumstances": {"systems": [text, spelling]}}},
        "file_name": {"data": {"attachments": [attachment]}},
        "letter": {"data": {"circumstances": {"measures_taken": text, "vulnerable_why": text}}},
        "unknown": {"data": {spelling: 1, text: text}},
        "id": {"id": f"sag{spelling}"},
        "correlationid": {"correlationid": spelling},
        "unit": {"data": {"place": {"unit": f"u{spelling}"}}},
        "role": {"data": {"reporter": {"role": spelling}}},
        "attribute": {spelling: spelling},
    }
    verdict = admit(json.dumps(event(**changes[place])).encode(), STRUCTURED, accepts="reports")
    shown = repr(verdict)
    if isinstance(verdict, Admitted):
        shown = f"{verdict.envelope.id} {verdict.envelope.correlationid} {verdict.data!r} {verdict.body}"
    assert digits not in plain_digits(shown)
