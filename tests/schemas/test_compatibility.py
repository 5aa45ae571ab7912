"""A change that a released version's senders or readers could not take is refused; additions are not."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.compatibility import refusals_for_readers, refusals_for_senders
from schemas.generate import RELEASED, schemas
from schemas.json_schemas import RECORDS

Schema = dict[str, Any]
BASE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["who"],
    "properties": {
        "who": {"$ref": "#/$defs/Role"},
        "note": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]},
        "count": {"type": "integer", "maximum": 10, "minimum": 0},
        "items": {"type": "array", "maxItems": 5, "items": {"$ref": "#/$defs/Role"}},
        "code": {"type": "string", "pattern": "^a"},
    },
    "$defs": {"Role": {"type": "string", "enum": ["dpo", "staff"]}},
}


def _set(*path: str | int, to: object) -> Callable[[Schema], None]:
    def change(schema: Schema) -> None:
        node: Any = schema
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = to

    return change


def _drop(*path: str) -> Callable[[Schema], None]:
    def change(schema: Schema) -> None:
        node: Any = schema
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


def _changed(change: Callable[[Schema], None]) -> Schema:
    schema = copy.deepcopy(BASE)
    change(schema)
    return schema


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_drop("properties", "note"), "/note: removed"),
        (_set("$defs", "Role", "enum", to=["dpo"]), "/who: values no longer allowed: ['staff']"),
        (_set("$defs", "Role", "enum", to=["dpo"]), "/items/*: values no longer allowed: ['staff']"),
        (_set("required", to=["who", "count"]), "/count: newly required"),
        (_set("properties", "note", "anyOf", 0, "maxLength", to=99), "/note: maxLength narrowed to 99"),
        (_set("properties", "note", to={"type": "string", "maxLength": 100}),
         "/note: types no longer allowed: ['null']"),
        (_set("properties", "count", "maximum", to=9), "/count: maximum narrowed to 9"),
        (_set("properties", "count", "minimum", to=1), "/count: minimum narrowed to 1"),
        (_set("properties", "count", "type", to="string"), "/count: types no longer allowed: ['integer']"),
        (_set("properties", "items", "maxItems", to=4), "/items: maxItems narrowed to 4"),
        (_set("properties", "code", "pattern", to="^b"), "/code: another pattern: ^b"),
    ],
)  # fmt: skip
def test_narrowing_an_event_is_refused(change: Callable[[Schema], None], names: str) -> None:
    """Whatever a released event schema let through must still get through; the refusal says where and what."""
    assert names in refusals_for_senders(BASE, _changed(change))


@pytest.mark.parametrize(
    "change",
    [
        _set("properties", "new", to={"type": "string"}),
        _set("$defs", "Role", "enum", to=["dpo", "staff", "citizen"]),
        _set("required", to=[]),
        _set("properties", "note", "anyOf", 0, "maxLength", to=200),
        _drop("properties", "code", "pattern"),
        _set("properties", "items", "maxItems", to=50),
    ],
)
def test_widening_an_event_is_taken(change: Callable[[Schema], None]) -> None:
    """New optional fields, new values and wider limits break no sender."""
    assert refusals_for_senders(BASE, _changed(change)) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_drop("properties", "note"), "/note: removed"),
        (_set("required", to=[]), "/who: no longer always there"),
        (_set("properties", "count", "type", to=["integer", "null"]),
         "/count: types that readers do not expect: ['null']"),
    ],
)  # fmt: skip
def test_withdrawing_from_a_record_is_refused(change: Callable[[Schema], None], names: str) -> None:
    """What readers of a released record rely on must stay."""
    assert names in refusals_for_readers(BASE, _changed(change))


def test_adding_to_a_record_is_taken() -> None:
    """A further field breaks no reader."""
    assert refusals_for_readers(BASE, _changed(_set("properties", "new", to={"type": "string"}))) == []


@pytest.mark.parametrize("name", sorted(str(path.relative_to(RELEASED)) for path in RELEASED.rglob("*.json")))
def test_the_models_still_keep_what_was_released(name: str) -> None:
    """Each schema as it is now can take the place of the released one."""
    released, current = json.loads((RELEASED / name).read_text("utf-8")), schemas()[name]
    compare = refusals_for_readers if name.removesuffix(".json") in RECORDS else refusals_for_senders
    assert compare(released, current) == []
