"""Texts that lie ready for a person to send. The pipeline writes to nobody outside by itself; this is what it offers."""

from collections.abc import Iterator
from enum import StrEnum

from pipeline.delivery import letters
from pipeline.delivery.text import Text
from pipeline.plans.plan import ContactPlan
from schemas.case import CaseRecord, ObligationName


class LetterKind(StrEnum):
    """Whom a ready text is for: who reported, who got what was not theirs, who can call it back, and so on."""

    RECEIPT = "receipt"
    RECIPIENT_INSTRUCTIONS = "recipient_instructions"
    RECALL = "recall"
    DEPARTMENT = "department"
    SUBJECTS = "subjects"


ASKED_BY = {
    ObligationName.RECALL: LetterKind.RECALL,
    ObligationName.WRITTEN_CONFIRMATION: LetterKind.RECIPIENT_INSTRUCTIONS,
    ObligationName.INFORM_SUBJECTS: LetterKind.SUBJECTS,
}
"""Which letter does what an obligation asks for."""


def letter(kind: LetterKind, case: CaseRecord, plan: ContactPlan, language: str = "da") -> Text:
    """Returns the text of that kind for `case`, in the words of its municipality's `plan`.

    The field of work that its reports name decides which shown contacts fit (a jobcentre's mailbox for a jobcentre).
    """
    reference, area = case.reference, _area(case)
    match kind:
        case LetterKind.RECEIPT:
            return letters.reporter_receipt(plan, reference, case.opened_at, language, area)
        case LetterKind.RECIPIENT_INSTRUCTIONS:
            return letters.recipient_instructions(plan, language, reference, area)
        case LetterKind.RECALL:
            return letters.recall_request(plan, reference, language)
        case LetterKind.DEPARTMENT:
            return letters.department_note(plan, reference, case.opened_at, language)
        case LetterKind.SUBJECTS:
            return letters.subject_notice(plan, reference, language, area)


def asked_for(case: CaseRecord) -> Iterator[LetterKind]:
    """Yields the letters that the case's open obligations ask for, in their order."""
    for one in case.obligations:
        if one.settled_by is None and one.name in ASKED_BY:
            yield ASKED_BY[one.name]


def _area(case: CaseRecord) -> str | None:
    places = (fact.body.get("place") for fact in case.facts)
    areas = (place.get("area") for place in places if isinstance(place, dict))
    return next((area for area in areas if isinstance(area, str)), None)
