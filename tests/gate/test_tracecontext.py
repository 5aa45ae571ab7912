"""A trace context is followed if it is well-formed, and is never a reason to refuse an event."""

import json

import pytest
from pydantic import JsonValue

from pipeline.gate.gate import Admitted, Refused, admit
from tests.gate.events import admitted, event, refused

W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def binary(*more: tuple[str, bytes]) -> Admitted | Refused:
    """Returns the verdict on an event in binary mode with `more` headers."""
    attributes = {name: item for name, item in event().items() if name != "data"}
    headers = [(f"ce_{name}", str(item).encode()) for name, item in attributes.items()]
    return admit(json.dumps({}).encode(), [("content-type", b"application/json"), *headers, *more], accepts="reports")


def test_a_context_is_kept_in_the_form_of_version_00() -> None:
    """A later version's additions are left behind, and `tracestate` too: it is other people's free text."""
    envelope = admitted(event(traceparent=W3C, tracestate="vendor=Anna")).envelope
    assert (envelope.traceparent, envelope.tracestate) == (W3C, None)
    assert admitted(event(traceparent=W3C.replace("00-", "01-", 1) + "-x")).envelope.traceparent == W3C


@pytest.mark.parametrize(
    "traceparent",
    ["", "Anna", 7, None, [W3C], {"of": W3C}, W3C.upper(), W3C + "-", "x" * 5000, "æ", "010190-1234", W3C[:-3]],
)
def test_a_malformed_context_is_ignored(traceparent: JsonValue) -> None:
    """Whatever stands there, the report is admitted without it."""
    assert admitted(event(traceparent=traceparent, tracestate=traceparent)).envelope.traceparent is None


def test_a_context_does_not_change_what_was_said() -> None:
    """A resend under another trace is still a duplicate."""
    assert admitted(event(traceparent=W3C)).digest == admitted(event()).digest


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("ce_traceparent", W3C.encode())], W3C),
        ([("CE_TraceParent", W3C.encode()), ("ce_tracestate", b"\xff")], W3C),
        ([("ce_traceparent", b"\xff\xfe")], None),
        ([("ce_traceparent", W3C.encode()), ("ce_traceparent", W3C.encode())], None),
    ],
)
def test_in_binary_mode_too(headers: list[tuple[str, bytes]], expected: str | None) -> None:
    """One header is followed; two, or one that is no text, are as good as none."""
    verdict = binary(*headers)
    assert isinstance(verdict, Admitted), verdict
    assert verdict.envelope.traceparent == expected


def test_a_refused_event_keeps_its_trace() -> None:
    """Whoever searches for a rejected report finds it, too."""
    assert refused(event(traceparent=W3C, municipality="hvidovre")).legible.traceparent == W3C
    assert refused(event(traceparent="Anna", municipality="hvidovre")).legible.traceparent is None
