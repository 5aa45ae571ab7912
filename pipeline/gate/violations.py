"""What pydantic found, in our words. Its own messages quote the input, so they are never passed on."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.limits import MAX_PROBLEMS
from pipeline.gate.paths import known_names
from schemas.receipt import Problem

Location = tuple[str | int, ...]
Context = dict[str, Any]  # pydantic's: the limits a value broke, never the value

# Error type of pydantic -> (reason, remedy); {…} is filled from the contract's own limits in the error's context.
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("A required field is missing.", "Add it."),
    "enum": ("The value is not one of the allowed ones.", "Use one of: {expected}."),
    "literal_error": ("The value is not the allowed one.", "Use {expected}."),
    "string_type": ("A text is wanted here.", "Send a JSON string."),
    "string_too_long": ("The text is too long.", "Use {max_length} characters at most."),
    "string_too_short": ("The text is too short.", "Use {min_length} character(s) at least, or leave the field out."),
    "string_pattern_mismatch": ("The text does not have the form wanted here.", "Match {pattern}."),
    "int_type": ("A whole number is wanted here.", "Send a JSON number without a fraction."),
    "int_parsing": ("A whole number is wanted here.", "Send a JSON number without a fraction."),
    "int_from_float": ("A whole number is wanted here.", "Send a JSON number without a fraction."),
    "greater_than_equal": ("The number is too small.", "Send {ge} or more."),
    "less_than_equal": ("The number is too large.", "Send {le} or less."),
    "tuple_type": ("A list is wanted here.", "Send a JSON array."),
    "too_long": ("The list is too long.", "Send {max_length} items at most."),
    "model_type": ("An object is wanted here.", "Send a JSON object."),
    "none_required": ("This attribute is not used; it could name a person.", "Leave it out."),
    "time_as_text": ("Not an ISO 8601 time.", "Write it as text, such as 2026-11-20T15:45:00+01:00."),
    "time_of_day_missing": ("A date alone starts no clock.", "Add the time of day, such as T15:45."),
    "time_out_of_range": ("The year lies outside 1901-2199.", "Correct the year."),
    "time_not_existing": (
        "The clocks in Europe/Copenhagen were put forward over this local time: it does not exist.",
        "Give the offset.",
    ),
}
_OTHERWISE = ("The value does not have the form wanted here.", "See the schema of this event's type.")


def from_validation(
    error: ValidationError, code: ErrorCode, path: Callable[[Location], str], names: Iterable[str]
) -> list[Problem]:
    """Returns a problem for each violation in `error`, at most MAX_PROBLEMS.

    `path` shows a location; `names` are those among which a mistyped one is sought. A missing attribute of the
    envelope gets its own code.
    """
    found: list[Problem] = []
    for detail in error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]:
        where = path(detail["loc"])
        kind = detail["type"]
        if kind == "extra_forbidden":
            remedy = _unknown_name(detail["loc"], names)
            found.append(problem(code, where, reason="No such field exists here.", remedy=remedy))
            continue
        reason, remedy = _WORDS.get(kind, _OTHERWISE)
        missing = kind == "missing" and code is ErrorCode.ENVELOPE_INVALID
        remedy = _filled(remedy, detail.get("ctx", {}))
        found.append(problem(ErrorCode.ENVELOPE_MISSING if missing else code, where, reason=reason, remedy=remedy))
    return found


def _unknown_name(location: Location, names: Iterable[str]) -> str:
    """Returns a remedy that names a field of the contract, never the unknown one."""
    unknown = str(location[-1])[:100]
    near = get_close_matches(unknown.lower(), sorted(names), n=1, cutoff=0.75)
    if unknown in known_names():
        return "This name belongs elsewhere in the schema; move it or remove it."
    return f"Did you mean {near[0]}? Otherwise remove it." if near else "Remove it, or put it into a text field."


def _filled(remedy: str, limits: Context) -> str:
    try:
        return remedy.format_map({name: limits[name] for name in limits if name in _LIMITS})
    except KeyError:
        return _OTHERWISE[1]


_LIMITS = frozenset({"expected", "max_length", "min_length", "pattern", "ge", "le"})
