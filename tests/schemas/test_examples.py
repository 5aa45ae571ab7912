"""The examples are valid, complete and free of personal data."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from pydantic import JsonValue

from pipeline.cases.identity import read
from pipeline.cli.validate import judge
from pipeline.gate.gate import Admitted
from schemas.actions import ACTS
from schemas.asyncapi import EXAMPLES
from schemas.generate import GENERATED
from schemas.registry import EVENTS
from schemas.reports import REPORTS, VERSION

FILES = sorted(EXAMPLES.glob("*.json"))
# The rows of the message catalogue (domain rules, section 11).
CATALOGUE = (1, 3, 5, 7, 9, 11, 15, 17, 19, 21, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47)
FIVE = {"161", "167", "530", "657", "707"}


def _event(file: Path) -> dict[str, JsonValue]:
    event = json.loads(file.read_text("utf-8"))
    assert isinstance(event, dict)
    return event


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_follows_its_json_schemas(file: Path) -> None:
    """Envelope and data follow the generated schemas that a vendor would validate with."""
    event = _event(file)
    for name, value in (("envelope", event), (f"{event['type']}/{VERSION}", event["data"])):
        schema = json.loads((GENERATED / f"{name}.json").read_text("utf-8"))
        jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_passes_the_gate(file: Path) -> None:
    """The gate admits it with nothing to put up with: no mask, no missing offset, no missing header."""
    verdict = judge(file.read_bytes())
    assert isinstance(verdict, Admitted), verdict
    assert verdict.flags == ()


def test_every_type_and_every_row_of_the_catalogue_has_an_example() -> None:
    """There is an example of each event type, and one for each report of the message catalogue."""
    assert {str(_event(file)["type"]) for file in FILES} == {event_type for event_type, _ in EVENTS}
    assert {event_type for event_type, _ in EVENTS} == {*REPORTS, *ACTS}
    rows = [int(file.stem[1:3]) for file in FILES if re.match(r"m\d\d-", file.stem)]
    assert tuple(rows) == CATALOGUE
    assert len(FILES) >= 25


def test_the_processors_notice_names_all_five_municipalities() -> None:
    """One notice carries several controllers; each gets a case of its own."""
    notice = _event(EXAMPLES / "m37-processor-search-fault.json")["data"]
    assert isinstance(notice, dict)
    assert set(notice["controllers"] if isinstance(notice["controllers"], list) else ()) == FIVE


def test_ids_are_unique_and_references_well_formed() -> None:
    """No two examples are duplicates of each other, and each reference has its check character."""
    events = [_event(file) for file in FILES]
    assert len({(event["source"], event["id"]) for event in events}) == len(events)
    for event in events:
        data = event["data"]
        assert isinstance(data, dict)
        if "reference" in data:
            assert read(str(data["reference"])) == data["reference"]


def test_reports_hold_no_answer_and_nobody() -> None:
    """A report says what a reporter knows: no band, no outcome, no mail address, no telephone number."""
    for file in FILES:
        text = file.read_text("utf-8")
        assert "@" not in text, file
        assert not re.search(r"(?<!\d)\d{8}(?!\d)", re.sub(r"[0-9a-f-]{36}|99999999|[0-9a-f]{40,}", "", text)), file
        if str(_event(file)["type"]) in REPORTS:
            assert not re.search(r"high_risk|unlikely_risk|\"band\"|\"outcome\"", text), file
