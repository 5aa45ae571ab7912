"""Reading one fact tolerantly: which questions it answers, and how. What this version does not know is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import JsonValue

from pipeline.severity.gravity import DETAILS, RANK
from pipeline.severity.picture import UNKNOWN, Datum
from schemas.facts import Fact, FactKind
from schemas.template_lists import IncidentKind
from schemas.values import Aspect, DataCategory, Identifier, InboundKind, Medium

_DIRECT = {
    "exposure": "exposure", "protection": "protection", "key_safe": "key_safe", "restorable": "restorable",
    "availability": "availability", "integrity": "integrity", "effect_on_people": "effect", "malicious": "malicious",
    "cause": "cause", "published": "published", "access_possible": "access",
    "use_excluded_by_logs": "logs", "recalled": "recalled",
}  # fmt: skip
_RECIPIENT = {
    "kind": "kind", "relation": "relation", "opened": "opened", "read": "read", "passed_on": "passed_on",
    "returned": "returned", "deletion_confirmed": "deletion", "trust_documented": "trust",
}  # fmt: skip
_SUBJECTS = {
    "minors": "minors", "vulnerable": "vulnerable", "protected_address": "protected", "safety_at_stake": "safety",
}  # fmt: skip
_TASKS = {"recall": "recalled", "protected_address_check": "protected", "written_confirmation": "deletion"}
_CATEGORIES = frozenset(str(c) for c in DataCategory)
_IDENTIFIERS = frozenset(str(i) for i in Identifier) - {UNKNOWN}
_INCIDENTS = frozenset(str(i) for i in IncidentKind)
_MEDIA = frozenset(str(m) for m in Medium) - {UNKNOWN}
_ASPECTS = frozenset(str(a) for a in Aspect)
_REPORTS = frozenset({FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED, FactKind.REPORT_SUPPLEMENTED})
_UNREADABLE = frozenset({FactKind.REPORT_UNREADABLE, FactKind.FACT_UNPROCESSABLE})


@dataclass(slots=True)
class Reading:
    """What one fact says. Only questions that it answers are in `values`."""

    values: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    data: tuple[Datum, ...] = ()
    strange_data: bool = False
    identifiers: frozenset[str] = frozenset()
    aspects: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    medium: str | None = None
    misdelivery: bool = False
    child_concern: bool = False
    unreadable: bool = False
    unanswered: bool = False


def read(fact: Fact) -> Reading | None:
    """Returns what `fact` says of the incident, or None for a kind that says nothing of it."""
    kind, body = fact.kind, fact.body
    if kind in _REPORTS:
        reading = read_circumstances(_mapping(body.get("circumstances")))
        reading.misdelivery = kind == FactKind.MISDELIVERY_RECEIVED
        area = _mapping(body.get("place")).get("area")
        if isinstance(area, str):
            reading.areas = frozenset({area})
        reading.child_concern = InboundKind.CHILD_CONCERN in _strings(body.get("concerns"))
        letter_medium = _mapping(body.get("letter")).get("medium")
        if reading.medium is None and letter_medium in _MEDIA:
            reading.medium = str(letter_medium)
        return reading
    if kind == FactKind.RECIPIENT_CONFIRMED:
        reading = Reading()
        _take(reading.values, body, _RECIPIENT)
        return reading
    if kind == FactKind.TASK_DONE:
        name = _TASKS.get(str(body.get("task")))
        answer = body.get("answer")
        return Reading({name: str(answer)}) if name is not None and answer in RANK[name] else None
    if kind == FactKind.TASK_UNANSWERED:
        return Reading(unanswered=True) if body.get("task") == "written_confirmation" else None
    if kind in _UNREADABLE:
        return Reading(unreadable=True)
    return None


def read_circumstances(circumstances: Mapping[str, JsonValue]) -> Reading:
    """Returns what the `circumstances` of a report or of a person's assessment say."""
    reading = Reading()
    if not circumstances:
        return reading
    _take(reading.values, circumstances, _DIRECT)
    if circumstances.get("medium") in _MEDIA:
        reading.medium = str(circumstances["medium"])
    recipient, subjects = _mapping(circumstances.get("recipient")), _mapping(circumstances.get("subjects"))
    if recipient:
        _take(reading.values, recipient, _RECIPIENT)
        _number(reading.numbers, "recipients", recipient)
    if subjects:
        _take(reading.values, subjects, _SUBJECTS)
        _number(reading.numbers, "people", subjects)
        groups = _strings(subjects.get("groups"))
        if "minors" not in reading.values and "minors" in groups:
            reading.values["minors"] = "yes"
        if "vulnerable" not in reading.values and "vulnerable" in groups:
            reading.values["vulnerable"] = "yes"
    _read_data(reading, circumstances.get("data"))
    reading.identifiers = _IDENTIFIERS.intersection(_strings(circumstances.get("identifiers")))
    reading.aspects = _ASPECTS.intersection(_strings(circumstances.get("aspects")))
    reading.incidents = _INCIDENTS.intersection(_strings(circumstances.get("incident_kinds")))
    return reading


def _read_data(reading: Reading, items: JsonValue) -> None:
    if not isinstance(items, (list, tuple)):
        return
    found = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        category, detail, public = item.get("category"), item.get("detail"), item.get("already_public")
        if category not in _CATEGORIES:
            reading.strange_data = True
            continue
        found.append(_datum(str(category), str(detail), str(public)))
    reading.data = tuple(found)


@lru_cache(maxsize=4096)
def _datum(category: str, detail: str, public: str) -> Datum:
    return Datum(category, detail if detail in DETAILS else UNKNOWN, public if public in ("yes", "no") else UNKNOWN)


def _take(values: dict[str, str], body: Mapping[str, JsonValue], names: Mapping[str, str]) -> None:
    for field_name, name in names.items():
        value = body.get(field_name)
        if isinstance(value, str) and value in RANK[name]:
            values[name] = value


def _number(numbers: dict[str, int], name: str, body: Mapping[str, JsonValue]) -> None:
    number = _mapping(body.get("count")).get("number")
    if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
        numbers[name] = number


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: JsonValue) -> frozenset[str]:
    return frozenset(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else frozenset()
