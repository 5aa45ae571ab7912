"""What sort of case it is, for counting: kind, channel and field of work, each from a small closed set.

The field of work is the main group of the report's KLE subject (the municipalities' common list of tasks): a department
is local and its name says nothing across municipalities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.facts import Fact, FactKind
from schemas.reports import BREACH_REPORTED_BY_PROCESSOR
from schemas.values import Medium

MAIN_GROUPS: Final[Mapping[str, str]] = {
    "00": "styrelse",
    "02": "byggeri",
    "05": "veje",
    "15": "beskaeftigelse",
    "17": "folkeskole",
    "27": "social",
    "28": "dagtilbud",
    "29": "sundhed",
    "32": "ydelser",
    "81": "personale",
    "85": "it",
}
"""KLE's main groups that breaches come from, by their two digits."""

ELSEWHERE, UNSAID = "andet", "ukendt"
DEPARTMENTS: Final = (*MAIN_GROUPS.values(), ELSEWHERE, UNSAID)
KINDS: Final = ("breach", "processor", "mail", "unreadable")


@dataclass(frozen=True, slots=True)
class Sort:
    """The label values that a case is counted under."""

    kind: str
    channel: str
    department: str


def sort_of(opening: Fact) -> Sort:
    """Returns the sort of the case that this report opened."""
    body = opening.body
    medium = _inside(body, "circumstances").get("medium") or Medium.UNKNOWN
    if medium == Medium.UNKNOWN:
        medium = _inside(body, "letter").get("medium") or Medium.UNKNOWN
    return Sort(_kind(opening), str(medium), _department(_inside(body, "place").get("kle_subject")))


def _kind(fact: Fact) -> str:
    if fact.kind == FactKind.MISDELIVERY_RECEIVED:
        return "mail"
    if fact.kind == FactKind.REPORT_RECEIVED:
        return "processor" if fact.event_type == BREACH_REPORTED_BY_PROCESSOR else "breach"
    return "unreadable"


def _department(subject: object) -> str:
    if not isinstance(subject, str):
        return UNSAID
    return MAIN_GROUPS.get(subject[:2], ELSEWHERE)


def _inside(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}
