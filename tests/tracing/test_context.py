"""Reading and minting `traceparent`, by W3C Trace Context's own examples and rules (sections 3.2, 4.2 and its tests)."""

import re

import pytest

from pipeline.logging import masked
from pipeline.tracing.context import Trace, follow, read
from pipeline.tracing.spans import Span, record, record_with

W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
"""Section 3.2.3's example."""
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("value", "sampled"),
    [
        (W3C, True),
        (W3C.encode(), True),
        (W3C[:-2] + "00", False),
        (W3C[:-2] + "03", True),  # further flags are other people's
        ("cc" + W3C[2:], True),  # a later version
        ("cc" + W3C[2:] + "-what-the-future-will-be-like", True),  # from W3C's test suite
        ("cc" + W3C[2:] + "-", True),
    ],
)
def test_a_traceparent_is_read(value: str | bytes, sampled: bool) -> None:
    """Version 00 as it is; later versions as far as version 00 knows them."""
    assert read(value) == Trace(TRACE_ID, SPAN_ID, sampled)


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        b"\xff\xfe",
        "ff" + W3C[2:],  # forbidden version
        W3C + "-more",  # version 00 ends there
        W3C + "-",
        W3C + "\n",
        " " + W3C,
        "cc" + W3C[2:] + ".what",
        W3C.upper(),
        W3C.replace("4bf9", "4Bf9"),
        W3C.replace(TRACE_ID, "0" * 32),
        W3C.replace(SPAN_ID, "0" * 16),
        W3C.replace(TRACE_ID, TRACE_ID[1:]),
        W3C.replace("-01", "-1"),
        W3C.replace("-01", "-.1"),
        W3C.replace("-", "_"),
        "0" + W3C[2:],
    ],
)
def test_what_is_malformed_is_ignored(value: object) -> None:
    """None, and never an exception."""
    assert read(value) is None


def test_a_trace_id_of_digits_alone_is_ignored() -> None:
    """It could be numbers that mean something; hex with letters is made by a machine."""
    assert read(W3C.replace(TRACE_ID, "0101901234" * 3 + "56")) is None
    assert read(W3C.replace(TRACE_ID, "0101901234" * 3 + "5a")) is not None


def test_a_step_has_its_own_place_in_its_parents_trace() -> None:
    """Same trace, another span, sampled as the parent is."""
    parent = Trace(TRACE_ID, SPAN_ID, False)
    step = follow(parent)
    assert (step.trace_id, step.sampled) == (TRACE_ID, False)
    assert step.span_id != SPAN_ID
    assert step.headers == (("traceparent", step.traceparent.encode()),)


def test_a_new_trace_is_well_formed_random_and_survives_a_log() -> None:
    """Twenty thousand of them, one in fifty with ten digits like a birthday: none twice, none masked, each read back."""
    made = [follow(None) for _ in range(20_000)]
    assert len({one.trace_id for one in made}) == len({one.span_id for one in made}) == len(made)
    for one in made:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", one.traceparent)
        assert read(one.traceparent) == one
        assert masked(None, "info", {"trace_id": one.trace_id}) == {"trace_id": one.trace_id}


def test_spans_of_a_trace_that_its_sender_did_not_want_are_not_recorded() -> None:
    """Flag 00: its ids stand in log lines, and that is all; nor is anything recorded once nobody records."""
    seen: list[Span] = []
    record_with(seen.append)
    try:
        for sampled in (True, False):
            step = follow(Trace(TRACE_ID, SPAN_ID, sampled))
            record(Span("step", step, None, (), 1, 2, {}))
    finally:
        record_with(None)
    record(Span("step", follow(None), None, (), 1, 2, {}))
    assert [one.trace.sampled for one in seen] == [True]
