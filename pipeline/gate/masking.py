"""The masked JSON of validated data, and the identifiers in it that must not be what they look like."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from pydantic import BaseModel, JsonValue

from pipeline.gate.identifiers import TextKind, holds_cpr, text_kinds
from pipeline.privacy.cpr import mask

Location = tuple[str | int, ...]
# Control characters but tab and line breaks: an escape sequence in a description must not reach a terminal or a mail.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def unsafe_identifiers(model: BaseModel, location: Location = ()) -> Iterator[Location]:
    """Yields where `model` has an identifier that looks like a CPR number, or letters or digits that are not ASCII."""
    kinds = text_kinds(type(model))
    for name in _said(model):
        value = getattr(model, name)
        items = enumerate(value) if isinstance(value, tuple) else ((None, value),)
        for index, item in items:
            where = (*location, name) if index is None else (*location, name, index)
            if isinstance(item, BaseModel):
                yield from unsafe_identifiers(item, where)
            elif isinstance(item, str) and not isinstance(item, Enum) and _is_unsafe(item, kinds[name]):
                yield where


def _is_unsafe(item: str, kind: TextKind) -> bool:
    return kind is not TextKind.FREE and (not item.isascii() or (kind is TextKind.IDENTIFIER and holds_cpr(item)))


def masked_body(model: BaseModel) -> dict[str, JsonValue]:
    """Returns what was said in `model` as JSON: free text masked, times in UTC, what was left out or null left out."""
    kinds = text_kinds(type(model))
    return {name: _masked(getattr(model, name), kinds[name]) for name in _said(model)}


def _said(model: BaseModel) -> list[str]:
    """Returns the names of the fields that the sender filled, in the order of the contract."""
    filled = model.model_fields_set
    return [name for name in type(model).model_fields if name in filled and getattr(model, name) is not None]


def _masked(value: object, kind: TextKind) -> JsonValue:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, BaseModel):
        return masked_body(value)
    if isinstance(value, tuple):
        return [_masked(item, kind) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        free = kind is TextKind.FREE
        return mask(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)) if free else value
    if isinstance(value, int | float) or value is None:
        return value
    raise TypeError(f"the contract has a field of type {type(value).__name__}, which has no masked form")
