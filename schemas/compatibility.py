"""Whether a schema may take a released one's place: who sent or read yesterday must be able to do so tomorrow.

Events come from outside, so whatever the released schema let through must still get through. Records go outside, so
whatever a reader of the released schema relies on must still be there.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
# keyword -> +1 if a larger value lets more through, -1 if a smaller one does
_BOUNDS = {
    "maxLength": 1, "maximum": 1, "maxItems": 1, "exclusiveMaximum": 1,
    "minLength": -1, "minimum": -1, "minItems": -1, "exclusiveMinimum": -1,
}  # fmt: skip
_UNBOUNDED = {1: float("inf"), -1: float("-inf")}


def refusals_for_senders(released: Schema, current: Schema) -> list[str]:
    """Returns, in words, why an event valid under `released` could be refused under `current`; empty if it cannot."""
    return list(_narrowed(_inlined(released), _inlined(current), ""))


def refusals_for_readers(released: Schema, current: Schema) -> list[str]:
    """Returns, in words, what a reader of `released` records would miss or not understand in `current` ones."""
    return list(_withdrawn(_inlined(released), _inlined(current), ""))


def _narrowed(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Yields where `new` lets less through than `old`."""
    gone = [value for value in _values(old) if value not in _values(new)] if _values(new) else []
    if gone or (_values(new) and not _values(old)):
        yield f"{path or '/'}: values no longer allowed: {gone or 'any other'}"
    if _types(old) - _types(new) and _types(new):
        yield f"{path or '/'}: types no longer allowed: {sorted(_types(old) - _types(new))}"
    if new.get("pattern") is not None and new.get("pattern") != old.get("pattern"):
        yield f"{path or '/'}: another pattern: {new['pattern']}"
    for keyword, direction in _BOUNDS.items():
        limit = _UNBOUNDED[direction]
        if direction * new.get(keyword, limit) < direction * old.get(keyword, limit):
            yield f"{path or '/'}: {keyword} narrowed to {new[keyword]}"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}/{name}: newly required"
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name, field in old_fields.items():
        if name in new_fields:
            yield from _narrowed(field, new_fields[name], f"{path}/{name}")
        elif new.get("additionalProperties") is False:
            yield f"{path}/{name}: removed"
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _narrowed(old["items"], new["items"], f"{path}/*")
    yield from _alternatives(old, new, path)


def _alternatives(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Compares optional fields, `anyOf` a shape and null, alternative by alternative."""
    offered = new.get("anyOf", [new])
    for each in old.get("anyOf", [old] if "anyOf" in new else []):
        if all(list(_narrowed(each, candidate, path)) for candidate in offered):
            yield from min((list(_narrowed(each, candidate, path)) for candidate in offered), key=len)


def _withdrawn(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Yields what `old` promises its readers and `new` does not."""
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name, field in old_fields.items():
        if name not in new_fields:
            yield f"{path}/{name}: removed"
            continue
        yield from _withdrawn(field, new_fields[name], f"{path}/{name}")
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        if name in new_fields:
            yield f"{path}/{name}: no longer always there"
    added = _types(new) - _types(old)
    if added and _types(old):
        yield f"{path or '/'}: types that readers do not expect: {sorted(added)}"
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _withdrawn(old["items"], new["items"], f"{path}/*")
    for before in old.get("anyOf", []):
        twins = [each for each in new.get("anyOf", [new]) if _types(each) == _types(before)]
        if twins:
            yield from _withdrawn(before, twins[0], path)


def _types(schema: Schema) -> frozenset[str]:
    if "anyOf" in schema:
        return frozenset().union(*(_types(each) for each in schema["anyOf"]))
    kind = schema.get("type")
    return frozenset(kind if isinstance(kind, list) else [] if kind is None else [kind])


def _values(schema: Schema) -> list[object]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _inlined(schema: Schema, definitions: Schema | None = None, within: tuple[str, ...] = ()) -> Schema:
    """Returns the schema with its `$ref`s replaced by what they point to; a model within itself ends there."""
    known = schema.get("$defs", {}) if definitions is None else definitions
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {} if name in within else _inlined(known[name], known, (*within, name))
    done: Schema = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            done[keyword] = {name: _inlined(field, known, within) for name, field in value.items()}
        elif keyword == "anyOf":
            done[keyword] = [_inlined(each, known, within) for each in value]
        elif keyword == "items" and isinstance(value, dict):
            done[keyword] = _inlined(value, known, within)
        elif keyword != "$defs":
            done[keyword] = value
    return done
