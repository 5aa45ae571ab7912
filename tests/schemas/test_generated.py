"""Generated files say what the models say, and the documents among them hold together."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import JsonValue

from pipeline.gate import limits
from pipeline.gate.codes import EXPLANATIONS, ErrorCode
from pipeline.kafka.topics import Cleanup, Topics
from schemas.asyncapi import CHANNELS, document
from schemas.generate import CONTRACT_PAGE, GENERATED, RELEASED, ROOT, differing, schemas
from schemas.registry import EVENTS


def test_checked_in_files_are_what_the_models_say() -> None:
    """Nothing generated is stale, missing or left over; mend with python -m schemas.generate."""
    assert [str(path.relative_to(ROOT)) for path in differing()] == []


def test_every_schema_is_a_json_schema() -> None:
    """Each generated schema follows draft 2020-12, and each released one is still generated."""
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)
    released = {str(path.relative_to(RELEASED)) for path in RELEASED.rglob("*.json")}
    assert released <= set(schemas())
    assert len(released) >= len(EVENTS) + 7


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    """Each $ref names a part of the document or a file beside it."""
    written = yaml.safe_load((GENERATED / "asyncapi.yaml").read_text("utf-8"))
    references = list(_references(written))
    assert len(references) > 60
    for reference in references:
        if reference.startswith("#/"):
            part: JsonValue = written
            for step in reference[2:].split("/"):
                assert isinstance(part, dict), reference
                part = part[step]
        else:
            assert (GENERATED / Path(reference)).is_file(), reference


def _references(node: JsonValue) -> "list[str]":
    if isinstance(node, dict):
        own = [str(node["$ref"])] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def test_the_document_describes_the_topics_as_they_are_made() -> None:
    """Names, partitions, clean-up and retention are those with which the topics are created; a municipality's own too."""
    specs = {spec.name: spec for spec in Topics(tenants=("657",)).specs()}
    channels = document()["channels"]
    assert isinstance(channels, dict)
    named = [channel.topic.format(municipality="657") for channel in CHANNELS]
    assert {name for name in named if name.endswith(".657")} == {name for name in specs if name.endswith(".657")}
    for name, channel in zip(named, CHANNELS, strict=True):
        spec = specs[name]
        assert (spec.cleanup is Cleanup.COMPACT) == (channel.kept_days is None), channel.topic
        if spec.retention is not None:
            assert spec.retention.days == channel.kept_days, channel.topic
        assert spec.partitions == 6


def test_every_error_code_is_explained_on_the_page() -> None:
    """Each code has a reason and a remedy, and stands in docs/contract.md with both."""
    page = CONTRACT_PAGE.read_text("utf-8")
    assert set(EXPLANATIONS) == set(ErrorCode)
    for code, explanation in EXPLANATIONS.items():
        assert f"| `{code.value}` | {explanation.reason} | {explanation.remedy} |" in page


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (ErrorCode.TOO_DEEP, f"{limits.MAX_DEPTH} levels"),
        (ErrorCode.TOO_MANY_PARTS, f"{limits.MAX_NODES:,} values"),
        (ErrorCode.HEADERS_INVALID, f"{limits.MAX_HEADERS} headers"),
        (ErrorCode.TOO_LARGE, f"{limits.MAX_BYTES >> 20} MiB"),
        (ErrorCode.TOO_LARGE, f"{limits.MAX_HEADER_BYTES >> 10} KiB"),
    ],
)
def test_reasons_name_the_limits_that_hold(code: ErrorCode, number: str) -> None:
    """The numbers in the reasons are those the gate enforces."""
    assert number in EXPLANATIONS[code].reason


def test_released_schemas_are_readable_json() -> None:
    """The snapshot that later models are held to is whole."""
    for path in RELEASED.rglob("*.json"):
        assert "$id" in json.loads(path.read_text("utf-8"))
