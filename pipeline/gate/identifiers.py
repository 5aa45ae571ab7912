"""Which fields are identifiers, which are free text, and whether an identifier could hold a CPR number.

An identifier has a pattern in the contract. It becomes a key, is shown and is joined on, so it cannot be masked: one
that looks like a CPR number is refused. Everything else that is text is masked.
"""

import re
from enum import StrEnum
from functools import cache
from typing import get_args
from urllib.parse import unquote

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.privacy.cpr import holds_separate_cpr
from schemas.shape import KleFacet, KleSubject, Kommunekode, Reference, Sha256

# UUIDs and long hashes are made by machines; by chance one in thousands holds ten digits that could be a birthday.
_MACHINE_MADE = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?=[0-9a-f]*[a-f])[0-9a-f]{32,}(?![0-9A-Za-z])"
)
_EXACT_SHAPES = tuple(
    str(get_args(shape)[1].pattern) for shape in (Kommunekode, Reference, Sha256, KleSubject, KleFacet)
)


def holds_cpr(identifier: str) -> bool:
    """Says whether `identifier` holds what looks like a CPR number by itself; `%2D` and the like are looked through."""
    return holds_separate_cpr(_MACHINE_MADE.sub("x", unquote(identifier)))


class TextKind(StrEnum):
    """How the text in a field is treated."""

    FREE = "free"  # masked
    IDENTIFIER = "identifier"  # refused if it looks like a CPR number
    EXACT = "exact"  # an identifier whose shape leaves no room for one


@cache
def text_kinds(model: type[BaseModel]) -> dict[str, TextKind]:
    """Returns for each field of `model` how text in it is treated."""
    return {name: _kind(_patterns(field)) for name, field in model.model_fields.items()}


def _kind(patterns: tuple[str, ...]) -> TextKind:
    if not patterns:
        return TextKind.FREE
    return TextKind.EXACT if all(pattern in _EXACT_SHAPES for pattern in patterns) else TextKind.IDENTIFIER


def _patterns(field: FieldInfo) -> tuple[str, ...]:
    own = tuple(pattern for item in field.metadata if isinstance(pattern := getattr(item, "pattern", None), str))
    return own + _patterns_in(field.annotation)


def _patterns_in(annotation: object) -> tuple[str, ...]:
    found: list[str] = []
    for part in get_args(annotation):
        pattern = getattr(part, "pattern", None)
        found += [pattern] if isinstance(pattern, str) else _patterns_in(part)
    return tuple(found)
