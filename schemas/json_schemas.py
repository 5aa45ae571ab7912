"""JSON Schemas (draft 2020-12) made from the models: one per event version, one for the envelope, one per record."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.deadletter import DeadLetter
from schemas.delivery import Delivery
from schemas.envelope import Envelope
from schemas.facts import Fact
from schemas.receipt import Receipt
from schemas.registry import EVENTS, URN, dataschema

Schema = dict[str, Any]  # a JSON Schema document, as pydantic types it

RECORDS: dict[str, type[BaseModel]] = {
    "receipt": Receipt,
    "deadletter": DeadLetter,
    "fact": Fact,
    "case": CaseRecord,
    "alert": Alert,
    "delivery": Delivery,
}
"""What Brudvagt writes for others to read, by the name of its schema file."""


def event_schemas() -> dict[str, Schema]:
    """Returns the schema of each event's data by file name `<type>/<version>.json`."""
    return {
        f"{event_type}/{version}.json": _document(model, dataschema(event_type, version), "validation")
        for (event_type, version), model in EVENTS.items()
    }


def record_schemas() -> dict[str, Schema]:
    """Returns the schema of each record that Brudvagt writes by file name `<name>.json`."""
    return {
        f"{name}.json": _document(model, f"{URN}:record:{name}", "serialization") for name, model in RECORDS.items()
    }


def envelope_schema() -> Schema:
    """Returns the schema of the whole structured event; `data` is left to the schema that `dataschema` names."""
    schema = _document(Envelope, f"{URN}:envelope", "validation")
    schema["properties"]["data"] = {"description": "follows the schema that dataschema names"}
    schema["required"] = [*schema["required"], "data"]
    return schema


def _document(model: type[BaseModel], urn: str, mode: JsonSchemaMode) -> Schema:
    schema = model.model_json_schema(mode=mode)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": urn, **_ascii_digits(schema)}


def _ascii_digits(node: Any) -> Any:
    """Returns the schema with `\\d` spelled out in patterns: some validators let it match the digits of any script."""
    if isinstance(node, dict):
        return {
            name: item.replace(r"\d", "[0-9]") if name == "pattern" and isinstance(item, str) else _ascii_digits(item)
            for name, item in node.items()
        }
    return [_ascii_digits(item) for item in node] if isinstance(node, list) else node
