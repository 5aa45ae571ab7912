"""What is wrong with a plan file, in words that the municipality's administrator can act on."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError


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


_REMEDIES = {
    "missing": ("this field is missing", "Add it; `brudvagt plans new` writes a file that shows every field."),
    "extra_forbidden": ("there is no such field", "Correct its spelling or take it out."),
    "too_short": ("at least one entry is needed", "Add one."),
    "dict_type": ("this must be a list of `name: value` lines", "Indent the lines below it by two spaces."),
    "tuple_type": ("this must be a list", "Write [one, two], or one entry a line with a dash before it."),
    "string_type": ("this must be text", 'Put it in quotes, such as "0161".'),
}
_NAMES = "A name has letters, digits and hyphens only, such as dpo-vikar-1."


def from_validation(file: str, error: ValidationError) -> list[PlanProblem]:
    """Returns one problem per fault that pydantic found. The value itself is named only where it is a closed set's."""
    problems = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "the file as a whole"
        kind = fault["type"]
        if kind in _REMEDIES:
            reason, remedy = _REMEDIES[kind]
        elif kind in ("enum", "literal_error"):
            reason, remedy = "this word is not known here", f"Write one of: {fault.get('ctx', {}).get('expected')}."
        elif field == "kommunekode":
            reason, remedy = "a kommunekode is three digits in quotes", 'Write it as "657".'
        elif kind == "string_pattern_mismatch":
            reason, remedy = "this is not a usable name", _NAMES
        else:
            reason, remedy = fault["msg"].removeprefix("Value error, "), "Correct it."
        problems.append(PlanProblem(file, field, reason, remedy))
    return problems
