"""What is wrong with a plan file, in words that the municipality's administrator can act on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from pipeline.clock.yamlfile import NotYaml

WHOLE_FILE = "hele filen"


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """One fault: the file, the field in it (`delivery.people.dpo.channels`), why it cannot stand, and what to do."""

    file: str
    field: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.reason}. {self.remedy}"


class PlanErrors(Exception):
    """One or more plan files cannot be used; `problems` holds every fault found, not only the first."""

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


_LIST = ("her skal stå en liste", "Skriv [en, to], eller ét punkt pr. linje med en bindestreg foran.")
_FIELDS = ("her skal stå linjer af formen `navn: værdi`", "Ryk linjerne under feltet to mellemrum ind.")
_FAULTS: Mapping[str, tuple[str, str]] = {
    "missing": ("feltet mangler", "Tilføj det; `brudvagt plans new KODE` skriver en fil, der viser alle felter."),
    "extra_forbidden": ("feltet findes ikke", "Ret stavemåden, eller fjern det."),
    "too_short": ("her skal stå mindst ét punkt", "Tilføj et."),
    "too_long": ("her står for mange punkter", "Fjern nogle af dem."),
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "tuple_type": _LIST,
    "frozen_set_type": _LIST,
    "string_type": ("her skal stå tekst", 'Sæt den i anførselstegn, f.eks. "0161".'),
    "string_too_short": ("teksten er for kort", "Skriv den helt ud."),
    "string_too_long": ("teksten er for lang", "Skriv den kortere."),
    "int_parsing": ("her skal stå et helt tal", "Skriv for eksempel 1."),
    "int_type": ("her skal stå et helt tal", "Skriv for eksempel 1."),
    "greater_than_equal": ("tallet er for lille", "Skriv et tal fra 1 til 9."),
    "less_than_equal": ("tallet er for stort", "Skriv et tal fra 1 til 9."),
}
_NAME = ("dette er ikke et brugbart navn", "Et navn har kun små bogstaver, tal og bindestreger, f.eks. dpo-vikar-1.")
_KOMMUNEKODE = ("en kommunekode er tre cifre i anførselstegn", 'Skriv den som "657".')
_UNKNOWN_FAULT = ("værdien kan ikke bruges her", "Sammenlign med en anden plan, eller se docs/plans.md.")
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_-]*", re.IGNORECASE)
_INNER = frozenset({"enum", "str", "is-instance"})
_AT_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_TWICE = re.compile(r"the field '(.+)' stands twice")


def from_validation(file: str, error: ValidationError) -> list[PlanProblem]:
    """Returns one problem per fault that pydantic found. The value itself is named only where it is a closed set's."""
    found: dict[str, PlanProblem] = {}
    for fault in error.errors(include_url=False):
        field = _field(fault["loc"])
        reason, remedy = _said(field, fault["type"], fault["msg"], fault.get("ctx", {}))
        found.setdefault(field, PlanProblem(file, field, reason, remedy))  # a union has a fault for each of its members
    return list(found.values())


def from_yaml(file: str, error: NotYaml) -> PlanProblem:
    """Returns the problem of a file that is no YAML, with the line to look at."""
    at_line = _AT_LINE.fullmatch(str(error))
    if at_line is None:
        remedy = "Gem den som UTF-8-tekst med linjer af formen `felt: værdi`."
        return PlanProblem(file, WHOLE_FILE, "filen kan ikke læses som en plan", remedy)
    line, why = at_line.groups()
    twice = _TWICE.search(why)
    if twice is not None:
        return PlanProblem(file, WHOLE_FILE, f"linje {line}: feltet {twice[1]} står to gange", "Behold det ene.")
    remedy = (
        "Se på linjen og den før: mangler der et kolon, et anførselstegn eller en parentes, "
        "eller er der rykket ind med tabulator?"
    )
    return PlanProblem(file, WHOLE_FILE, f"linje {line} kan ikke læses", remedy)


def _said(field: str, kind: str, message: str, context: Mapping[str, object]) -> tuple[str, str]:
    if kind in ("enum", "literal_error"):
        choices = str(context.get("expected")).replace(" or ", " eller ")
        return "ordet kendes ikke her", f"Skriv et af: {choices}."
    if field == "kommunekode" and kind.startswith("string"):
        return _KOMMUNEKODE
    if kind == "string_pattern_mismatch":
        return _NAME
    if kind == "value_error":  # said by the plan's own models, in Danish
        reason, _, remedy = message.removeprefix("Value error, ").partition("; ")
        return reason, f"{remedy[:1].upper()}{remedy[1:]}." if remedy else "Ret det."
    return _FAULTS.get(kind, _UNKNOWN_FAULT)


def _field(location: tuple[int | str, ...]) -> str:
    """Returns where a fault is as a path; places in a list are counted from 1, and pydantic's own words left out."""
    parts = [
        str(part + 1) if isinstance(part, int) else part
        for part in location
        if isinstance(part, int) or (_PLAIN.fullmatch(part) and part not in _INNER)
    ]
    return ".".join(parts) or WHOLE_FILE
