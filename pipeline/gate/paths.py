"""Paths in problems. A name that the contract does not know may hold anything, so it is shown as "?"."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import get_args

from pydantic import BaseModel

from schemas.actions import ACTS
from schemas.envelope import Envelope
from schemas.reports import REPORTS

UNKNOWN = "?"


def attribute_path(mode: StrEnum, name: str) -> str:
    """Returns where the attribute `name` stands: `/id` in structured mode, the header `ce_id` in binary mode."""
    shown = name if name in Envelope.model_fields else UNKNOWN
    return f"ce_{shown}" if mode.value == "binary" else f"/{shown}"


def data_path(location: Iterable[str | int]) -> str:
    """Returns the JSON pointer of a field of the data, `/data/circumstances/data/0/category`."""
    known = known_names()
    shown = (str(step) if isinstance(step, int) or step in known else UNKNOWN for step in location)
    return "/".join(("/data", *shown))


@cache
def known_names() -> frozenset[str]:
    """Returns every field name of every ingress event's data."""
    names: set[str] = set()
    todo: list[type[BaseModel]] = [*REPORTS.values(), *ACTS.values()]
    seen: set[type[BaseModel]] = set()
    while todo:
        model = todo.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            names.add(name)
            todo += models_in(field.annotation)
    return frozenset(names)


def models_in(annotation: object) -> list[type[BaseModel]]:
    """Returns the models that a field's annotation names, through unions and tuples."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]
