"""Combining: many facts by many senders become one picture (design, "A case is a set of facts").

Within one sender a later value replaces the earlier one; between senders the graver counts; what DPO or controller
state with a reason stands above everything recorded before it. Lists grow: a supplement names what is new, and taking a
category of data away is a statement that needs a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from pipeline.severity.gravity import RANK, graver_datum
from pipeline.severity.picture import Datum, Picture
from pipeline.severity.reading import Reading, read, read_circumstances
from schemas.facts import Fact, FactKind
from schemas.values import Role

STATING = frozenset({str(Role.DPO), str(Role.DEPUTY), str(Role.DECISION_MAKER)})

_RELIEF = frozenset({"trust", "opened", "read", "passed_on", "returned", "recalled", "deletion"})
"""What the right recipient of one sender did is no relief once another sender names a wrong one (EDPB 9/2022 pp. 25-26)."""


@dataclass(slots=True)
class Combined:
    """The picture, the fact that each value came from, and the field of work that reports name."""

    picture: Picture
    origins: dict[str, str]
    areas: frozenset[str]


@dataclass(slots=True)
class _Said:
    """The latest that one sender said to each question, with the fact it stands in."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, str]] = field(default_factory=dict)
    data: dict[str, tuple[Datum, str]] = field(default_factory=dict)
    medium: str | None = None


def combine(facts: Sequence[Fact]) -> Combined:
    """Returns what `facts` (any order, repeats allowed) say together. Unknown kinds, fields and values are passed over."""
    told: dict[str, _Said] = {}
    identifiers: frozenset[str] = frozenset()
    aspects: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    misdelivery = child_concern = strange = unread = silent = False
    for fact in _ordered(facts):
        reading = _stated(told, fact) if fact.kind == FactKind.ASSESSMENT_STATED else read(fact)
        if reading is None:
            continue
        if fact.kind == FactKind.ASSESSMENT_STATED:
            unread = False
            strange = strange and not reading.data
            identifiers = reading.identifiers or identifiers
            aspects = reading.aspects or aspects
            incidents = reading.incidents or incidents
        elif reading.unreadable:
            unread = True
        elif fact.kind in (FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED, FactKind.REPORT_SUPPLEMENTED):
            unread = False  # what could not be read was sent again, or somebody has told more since
        silent = silent or reading.unanswered
        misdelivery = misdelivery or reading.misdelivery
        child_concern = child_concern or reading.child_concern
        strange = strange or reading.strange_data
        identifiers |= reading.identifiers
        aspects |= reading.aspects
        incidents |= reading.incidents
        areas |= reading.areas
        _add(told.setdefault(fact.sender, _Said()), reading, fact.fact_id)
    values, origins = _gravest(told)
    numbers = _highest(told, origins)
    data = _all_data(told, origins)
    picture = Picture(
        **values,  # type: ignore[arg-type]  # only the questions with text answers
        people=numbers.get("people", -1),
        recipients=numbers.get("recipients", -1),
        data=tuple(sorted(data)),
        data_known=bool(data) and not strange and not unread,
        identifiers=identifiers,
        aspects=aspects,
        incidents=incidents,
        media=frozenset(said.medium for said in told.values() if said.medium),
        misdelivery=misdelivery,
        child_concern=child_concern,
        silent=silent and values.get("deletion") != "yes" and values.get("returned") != "yes",
    )
    return Combined(picture, origins, areas)


def _ordered(facts: Sequence[Fact]) -> Sequence[Fact]:
    keys: list[tuple[datetime, str]] = [(fact.recorded_at, fact.fact_id) for fact in facts]
    if all(keys[i] < keys[i + 1] for i in range(len(keys) - 1)):
        return facts
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at, fact.fact_id)):
        first.setdefault(fact.fact_id, fact)
    return list(first.values())


def _stated(told: dict[str, _Said], fact: Fact) -> Reading | None:
    """Reads a person's assessment, and drops what others had said before it to the questions that it answers."""
    circumstances, reason = fact.body.get("circumstances"), fact.body.get("reason")
    if fact.by.role not in STATING or not (isinstance(reason, str) and reason.strip()):
        return None
    body: Mapping[str, JsonValue] = circumstances if isinstance(circumstances, Mapping) else {}
    reading = read_circumstances(body)
    for said in told.values():
        for name in reading.values:
            said.values.pop(name, None)
        for name in reading.numbers:
            said.numbers.pop(name, None)
        if reading.data:
            said.data.clear()
        said.medium = None if reading.medium else said.medium
    return reading


def _add(said: _Said, reading: Reading, fact_id: str) -> None:
    for name, value in reading.values.items():
        said.values[name] = (value, fact_id)
    said.medium = reading.medium or said.medium
    for name, number in reading.numbers.items():
        said.numbers[name] = (number, fact_id)
    for datum in reading.data:
        said.data[datum.category] = (datum, fact_id)


def _gravest(told: Mapping[str, _Said]) -> tuple[dict[str, str], dict[str, str]]:
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    wrong = any(RANK["kind"][_kind(said)] > RANK["kind"]["intended"] for said in told.values() if _kind(said))
    for said in told.values():
        right = wrong and _kind(said) == "intended"
        for name, (value, fact_id) in said.values.items():
            if right and name in _RELIEF and RANK[name][value] == 0:
                continue
            held = values.get(name)
            if held is None or RANK[name][value] > RANK[name][held]:
                values[name], origins[name] = value, fact_id
    return values, origins


def _kind(said: _Said) -> str:
    return said.values.get("kind", ("", ""))[0]


def _highest(told: Mapping[str, _Said], origins: dict[str, str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for said in told.values():
        for name, (number, fact_id) in said.numbers.items():
            if number > numbers.get(name, -1):
                numbers[name], origins[name] = number, fact_id
    return numbers


def _all_data(told: Mapping[str, _Said], origins: dict[str, str]) -> list[Datum]:
    data: dict[str, Datum] = {}
    for said in told.values():
        for category, (datum, fact_id) in said.data.items():
            held = data.get(category)
            data[category] = datum if held is None else graver_datum(held, datum)
            origins.setdefault(f"data:{category}", fact_id)
            origins.setdefault("data", fact_id)
    return list(data.values())
