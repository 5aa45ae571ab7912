"""What the gate admits, what it makes of it, and how it names what is wrong."""

import json

import pytest
from pydantic import JsonValue

from pipeline.gate.gate import Admitted, Legible, Refused, admit
from tests.gate.events import ACKNOWLEDGE, REFERENCE, STRUCTURED, admitted, event, found, judged, refused


def test_what_was_left_out_stays_left_out() -> None:
    """The body holds what was said and no defaults; null is the same as leaving out."""
    data: JsonValue = {"reporter": {"role": "staff", "form_reference": None}, "circumstances": {}}
    assert admitted(event(data=data)).body == {"reporter": {"role": "staff"}, "circumstances": {}}


def test_times_are_told_in_utc() -> None:
    """A time with an offset comes out as the same moment in UTC, with an offset."""
    verdict = admitted(event(data={"discovered_at": "2026-11-20T15:45:00+01:00"}))
    assert verdict.body == {"discovered_at": "2026-11-20T14:45:00+00:00"}
    assert verdict.flags == ()


def test_a_time_without_offset_is_danish_and_flagged() -> None:
    """Local time in July is two hours ahead of UTC; the flag names the field."""
    verdict = admitted(event(data={"discovered_at": "2026-07-01T12:00"}))
    assert verdict.body == {"discovered_at": "2026-07-01T10:00:00+00:00"}
    assert verdict.flags == ("times_without_offset:discovered_at",)


def test_the_doubled_hour_takes_the_earlier_reading_and_is_flagged() -> None:
    """02.30 on 25 October 2026 comes twice; the safe reading is summer time. With an offset nothing is guessed."""
    verdict = admitted(event(data={"discovered_at": "2026-10-25T02:30"}))
    assert verdict.body == {"discovered_at": "2026-10-25T00:30:00+00:00"}
    assert verdict.flags == ("times_without_offset:discovered_at",)
    told = admitted(event(data={"discovered_at": "2026-10-25T02:30:00+01:00"}))
    assert (told.body, told.flags) == ({"discovered_at": "2026-10-25T01:30:00+00:00"}, ())


def test_free_text_is_masked_in_body_and_data() -> None:
    """Neither the body nor the validated data holds a CPR number that a reporter typed, and the event is flagged."""
    verdict = admitted(event(data={"circumstances": {"description": "om 010190-1234", "systems": ["x 0101901234"]}}))
    assert verdict.body == {"circumstances": {"description": "om [CPR]", "systems": ["x [CPR]"]}}
    assert "1234" not in repr(verdict)
    assert verdict.flags == ("cpr_masked",)


def test_control_characters_do_not_reach_a_terminal() -> None:
    """An escape sequence in a description is made harmless; line breaks stay."""
    verdict = admitted(event(data={"circumstances": {"description": "a\x1b[31mb\nc"}}))
    assert verdict.body == {"circumstances": {"description": "a\N{REPLACEMENT CHARACTER}[31mb\nc"}}


def test_a_resend_has_the_same_digest_and_other_data_another() -> None:
    """Order of members, spelling of times and null do not change the digest; a value does."""
    one = admitted(event(data={"discovered_at": "2026-11-20T15:45:00+01:00", "report_channel": "phone"}))
    same = admitted(event(data={"report_channel": "phone", "discovered_at": "2026-11-20T14:45:00Z", "place": {}}))
    again = admitted(
        event(data={"report_channel": "phone", "discovered_at": "2026-11-20T14:45:00Z", "received_by_unit_at": None})
    )
    other = admitted(event(data={"report_channel": "email", "discovered_at": "2026-11-20T15:45:00+01:00"}))
    assert one.digest == again.digest
    assert len({one.digest, same.digest, other.digest}) == 3


def test_binary_mode_is_the_same_event() -> None:
    """Attributes in ce_ headers and data in the value give what structured mode gives; other headers are ignored."""
    whole = event(data={"report_channel": "phone"})
    headers = [(f"ce_{name}", str(value).encode()) for name, value in whole.items() if name != "data"]
    binary = admit(
        b'{"report_channel": "phone"}',
        [*headers, ("content-type", b"application/json"), ("other", b"\xff")],
        accepts="reports",
    )
    assert isinstance(binary, Admitted)
    assert binary == admitted(whole)


def test_an_envelope_without_content_type_is_put_up_with() -> None:
    """A client that sets no headers is understood if the value is an envelope, and flagged; a byte order mark too."""
    verdict = admit(b"\xef\xbb\xbf" + json.dumps(event()).encode(), [], accepts="reports")
    assert isinstance(verdict, Admitted)
    assert verdict.flags == ("content_type_missing",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "0-1-0-1-9-0-1-2-3-4"}, ("cpr_in_identifier", "/id")),
        ({"id": "sag-0101901234"}, ("cpr_in_identifier", "/id")),
        ({"source": "/forms/010190%2D1234"}, ("cpr_in_identifier", "/source")),
        ({"correlationid": "01-01-90-1234"}, ("cpr_in_identifier", "/correlationid")),
        ({"municipality": "٦٥٧"}, ("envelope_invalid", "/municipality")),
        ({"municipality": None}, ("envelope_missing", "/municipality")),
        ({"type": "dk.brudvagt.nothing"}, ("unknown_type", "/type")),
        ({"type": ACKNOWLEDGE}, ("wrong_topic", "/type")),
        ({"dataschema": "urn:brudvagt:schema:x:2026-11-01"}, ("unknown_dataschema", "/dataschema")),
        ({"colour": "red"}, ("envelope_invalid", "/?")),
        ({"data": {"reporter": {"role": "king"}}}, ("schema_violation", "/data/reporter/role")),
        ({"data": {"reporter": {"form_reference": "0101901234"}}},
         ("cpr_in_identifier", "/data/reporter/form_reference")),
        ({"data": {"circumstances": {"data": [{"category": "cpr"}, {}]}}},
         ("schema_violation", "/data/circumstances/data/1/category")),
        ({"data": {"0101901234": 1}}, ("schema_violation", "/data/?")),
        ({"data": []}, ("schema_violation", "/data")),
        ({"data": {"place": {"kle_subject": "٠١.٠١.٩٠"}}}, ("cpr_in_identifier", "/data/place/kle_subject")),
    ],
)  # fmt: skip
def test_each_problem_has_its_code_and_path(changes: dict[str, JsonValue], expected: tuple[str, str]) -> None:
    """What is wrong is named by a stable code and a path that shows only names of the contract."""
    assert expected in found(judged(event(**changes)))


def test_all_problems_are_told_at_once() -> None:
    """A vendor learns of the envelope's and the data's problems in one go, with a hint where a name is mistyped."""
    made = event(id="sag-0101901234", data={"circumstancez": {}, "report_channel": "pigeon"})
    del made["municipality"]
    verdict = refused(made)
    assert found(verdict) == {
        ("cpr_in_identifier", "/id"),
        ("envelope_missing", "/municipality"),
        ("schema_violation", "/data/?"),
        ("schema_violation", "/data/report_channel"),
    }
    assert "circumstances" in next(each.remedy for each in verdict.problems if each.path == "/data/?")


def test_a_refusal_never_shows_a_value() -> None:
    """Wrong values, unknown names and unsafe identifiers do not appear anywhere in a refusal."""
    secret = "hemmeligt-0101901234"
    made = event(
        id=secret,
        source=secret,
        data={secret: 1, "report_channel": secret, "discovered_at": secret, "concerns": secret},
    )
    verdict = refused(made | {secret: secret, "type": event()["type"]})
    assert "hemmeligt" not in repr(verdict)
    assert "1234" not in repr(verdict)


def test_a_skipped_hour_is_refused_without_the_time() -> None:
    """A local time that the change to summer time left out is refused in words that do not quote it."""
    verdict = refused(event(data={"discovered_at": "2026-03-29T02:30:00"}))
    assert found(verdict) == {("schema_violation", "/data/discovered_at")}
    assert "02:30" not in repr(verdict)


def test_what_is_legible_of_a_refused_event_is_kept() -> None:
    """The sender, tenant and correlation of a refused event are known if each is safe by itself."""
    verdict = refused(event(correlationid="c-1", data={"reporter": 1}))
    assert verdict.legible == Legible("/forms/657/staff", "form-1", "dk.brudvagt.breach.reported", "657", "c-1")


def test_a_truncated_envelope_keeps_its_tenant() -> None:
    """An event that was cut off in its data still names its municipality, so that a clock of the right one runs."""
    value = json.dumps(event(data={"circumstances": {"description": "x" * 50}})).encode()[:-20]
    verdict = admit(value, STRUCTURED, accepts="reports")
    assert isinstance(verdict, Refused)
    assert found(verdict) == {("not_json", "")}
    assert verdict.legible.municipality == "657"
    assert verdict.legible.source == "/forms/657/staff"


def test_an_act_on_another_municipalitys_case_is_refused() -> None:
    """A reference of 657 in an event that claims 167 is a mismatch."""
    data: JsonValue = {"reference": REFERENCE, "by": {"role": "dpo", "local_id": "dpo"}}
    own = event(ACKNOWLEDGE, data)
    assert isinstance(admit(json.dumps(own).encode(), STRUCTURED, accepts="actions"), Admitted)
    foreign = event(ACKNOWLEDGE, data, municipality="167")
    verdict = admit(json.dumps(foreign).encode(), STRUCTURED, accepts="actions")
    assert found(verdict) == {("municipality_mismatch", "/data/reference")}


@pytest.mark.parametrize(
    "identifier",
    [
        "12010190-1234-4abc-8def-010190123412", "da39a3ee5e6b4b0d3255bfef95601890afd80709aa", "20261120154500",
        "1732245678901234567", "2026-11-20-1234", "2019-431-0037", "F-2026-0481",
    ],
)  # fmt: skip
def test_machine_made_identifiers_are_admitted(identifier: str) -> None:
    """UUIDs, hashes, timestamps and long sequence numbers are no CPR numbers, whatever digits they hold."""
    assert admitted(event(id=identifier)).envelope.id == identifier
