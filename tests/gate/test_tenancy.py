"""On a municipality's own topic an event that names another one is refused, wherever it names it."""

import json

import pytest
from pydantic import JsonValue

from pipeline.gate.gate import Refused, admit
from schemas.registry import EVENTS
from schemas.reports import BREACH_REPORTED_BY_PROCESSOR
from schemas.shape import Kommunekode, Reference
from tests.gate.events import REFERENCE, STRUCTURED, event, found

HERE, THERE = "657", "740"
MISMATCH = "municipality_mismatch"
OTHER_CASE = "740-EQ38Y-WEBWA-5"
PROCESSOR: dict[str, JsonValue] = {"processor_cvr": "12345678"}


def on_own_topic(made: dict[str, JsonValue], tenant: str | None = HERE) -> set[tuple[str, str]]:
    """Returns code and path of each problem of an event on Herning's own topic, or on the platform's."""
    value = json.dumps(made).encode()
    if ".act." in str(made["type"]):
        return found(admit(value, STRUCTURED, accepts="actions", tenant=tenant))
    return found(admit(value, STRUCTURED, accepts="reports", tenant=tenant))


def an_act(name: str, **data: JsonValue) -> dict[str, JsonValue]:
    """Returns an act on a case of Herning's."""
    body: dict[str, JsonValue] = {"reference": REFERENCE, "by": {"role": "dpo", "local_id": "dpo"}, **data}
    return event(f"dk.brudvagt.act.{name}", body)


@pytest.mark.parametrize(
    ("made", "path"),
    [
        pytest.param(event(municipality=THERE), "/municipality", id="envelope"),
        pytest.param(
            event(BREACH_REPORTED_BY_PROCESSOR, {**PROCESSOR, "controllers": [HERE, THERE]}),
            "/data/controllers",
            id="one-of-several-controllers",
        ),
        pytest.param(an_act("link", other=OTHER_CASE), "/data/other", id="link"),
        pytest.param(
            an_act("close", closing="duplicate_of", duplicate_of=OTHER_CASE), "/data/duplicate_of", id="duplicate-of"
        ),
    ],
)
def test_what_names_another_municipality_is_refused(made: dict[str, JsonValue], path: str) -> None:
    """With the path of the place, never its value; on the platform's topic the same event is admitted."""
    assert on_own_topic(made) == {(MISMATCH, path)}
    assert on_own_topic(made, tenant=None) == set()


def test_an_act_on_another_municipalitys_case_is_refused_by_envelope_and_by_reference() -> None:
    """Whichever municipality the envelope claims."""
    foreign: JsonValue = {"reference": OTHER_CASE, "by": {"role": "dpo", "local_id": "dpo"}}
    told = event("dk.brudvagt.act.acknowledge", foreign, municipality=THERE)
    assert on_own_topic(told) == {(MISMATCH, "/municipality")}
    assert on_own_topic({**told, "municipality": HERE}) == {(MISMATCH, "/data/reference")}


def test_binary_mode_names_the_header() -> None:
    """The path is the header's name, as for any other attribute."""
    attributes = {key: value for key, value in event(municipality=THERE).items() if key != "data"}
    headers = [(f"ce_{key}", str(value).encode()) for key, value in attributes.items()]
    verdict = admit(b"{}", [*headers, ("content-type", b"application/json")], accepts="reports", tenant=HERE)
    assert found(verdict) == {(MISMATCH, "ce_municipality")}


def test_a_mismatch_is_told_beside_other_problems() -> None:
    """A sender mends all of it at once."""
    made = event(data={"report_channel": "pigeon-post"}, municipality=THERE)
    assert {path for _, path in on_own_topic(made)} == {"/municipality", "/data/report_channel"}


@pytest.mark.parametrize(
    "made",
    [
        event(),
        event(BREACH_REPORTED_BY_PROCESSOR, {**PROCESSOR, "controllers": [HERE]}),
        event(BREACH_REPORTED_BY_PROCESSOR, PROCESSOR),
        an_act("link", other=REFERENCE),
        an_act("close", closing="duplicate_of", duplicate_of=REFERENCE),
        an_act("close", closing="done"),
        an_act("acknowledge"),
    ],
    ids=lambda made: str(made["type"]).rpartition(".")[2],
)
def test_what_is_its_own_is_admitted(made: dict[str, JsonValue]) -> None:
    """The municipality's own topic takes all that the platform's would."""
    assert on_own_topic(made) == set()


def test_every_member_that_can_name_a_municipality_is_looked_at() -> None:
    """A member of a new type, or a new member, that holds kommunekoder or references is not forgotten."""
    looked_at = {"controllers", "other", "duplicate_of"}
    by_envelope = {"reference"}  # held against the envelope's municipality, which is held against the topic's
    patterns = {str(_pattern(Kommunekode)), str(_pattern(Reference))}
    naming = {
        name
        for model in EVENTS.values()
        for name, schema in model.model_json_schema()["properties"].items()
        if any(json.dumps(pattern) in json.dumps(schema) for pattern in patterns)
    }
    assert naming == looked_at | by_envelope


def _pattern(annotated: object) -> str:
    return annotated.__metadata__[0].pattern  # type: ignore[attr-defined,no-any-return]


def test_an_illegible_record_is_refused_as_ever() -> None:
    """The municipality's own topic adds no problem to what cannot be read at all."""
    verdict = admit(b"\xff\xfe", STRUCTURED, accepts="reports", tenant=HERE)
    assert isinstance(verdict, Refused)
    assert {code for code, _ in found(verdict)} == {"not_utf8"}
