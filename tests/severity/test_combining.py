"""Facts combine as the design says: later within a sender, graver between senders, a reasoned statement above both."""

import pytest
from pydantic import JsonValue

from schemas.actions import Outcome
from schemas.facts import Fact, FactKind
from schemas.values import Role
from tests.severity.said import HARMLESS, fact, judged, report

ONE: dict[str, JsonValue] = {"kind": "exact", "number": 1}
PROTECTED: dict[str, JsonValue] = {"subjects": {"count": ONE, "protected_address": "yes"}}
UNPROTECTED: dict[str, JsonValue] = {"subjects": {"count": ONE, "protected_address": "no"}}


def _stated(
    circumstances: dict[str, JsonValue], *, reason: str = "looked up", minute: int, role: Role = Role.DPO
) -> Fact:
    body: dict[str, JsonValue] = {"outcome": "risk", "reason": reason, "circumstances": circumstances}
    return fact(body, kind=FactKind.ASSESSMENT_STATED, sender=f"{role}:x1", minute=minute, role=role)


def test_a_senders_later_value_replaces_the_earlier() -> None:
    """The same form corrects itself, downwards too."""
    first = report(HARMLESS | PROTECTED, minute=0)
    later = report(UNPROTECTED, minute=1, kind=FactKind.REPORT_SUPPLEMENTED)
    assert judged(first).safety
    assert not judged(first, later).safety


def test_between_senders_the_graver_counts() -> None:
    """Another sender's "no" does not take back a "yes"."""
    one = report(HARMLESS | PROTECTED, sender="/forms/a", minute=0)
    other = report(UNPROTECTED, sender="/forms/b", minute=1)
    assert judged(one, other).safety


def test_a_reasoned_statement_of_the_dpo_wins() -> None:
    """The DPO has looked it up, and says so with a reason."""
    one = report(HARMLESS | PROTECTED, minute=0)
    assert judged(one, _stated(UNPROTECTED, minute=2)).outcome is Outcome.UNLIKELY_RISK


def test_a_statement_without_a_reason_or_a_mandate_does_not_win() -> None:
    """No reason, or a caseworker: the graver value stands."""
    one = report(HARMLESS | PROTECTED, minute=0)
    assert judged(one, _stated(UNPROTECTED, reason=" ", minute=2)).safety
    assert judged(one, _stated(UNPROTECTED, minute=2, role=Role.CASEWORKER)).safety


def test_what_is_told_after_a_statement_counts_beside_it() -> None:
    """A statement cannot have weighed what came later."""
    later = report(PROTECTED, sender="/forms/b", minute=3)
    assert judged(report(HARMLESS), _stated(UNPROTECTED, minute=2), later).safety


def test_first_hour_answers_change_the_assessment() -> None:
    """The protected-address check answered no brings a harmless letter to unlikely risk; answered yes, it pages."""
    open_ = HARMLESS | {"subjects": {"count": {"kind": "exact", "number": 1}}}
    letter = report(open_, kind=FactKind.MISDELIVERY_RECEIVED)
    assert judged(letter).outcome is Outcome.RISK

    def answered(answer: str) -> Fact:
        body: dict[str, JsonValue] = {"task": "protected_address_check", "answer": answer}
        return fact(body, kind=FactKind.TASK_DONE, sender="caseworker:x1", minute=5, role=Role.CASEWORKER)

    assert judged(letter, answered("no")).outcome is Outcome.UNLIKELY_RISK
    assert judged(letter, answered("yes")).safety


def test_a_confirmed_deletion_by_a_documented_trusted_recipient_is_a_ceiling() -> None:
    """EDPB 01/2021 case 9: without the confirmation the same spreadsheet is a risk."""
    sheet = HARMLESS | {
        "data": [{"category": "name", "detail": "content"}, {"category": "financial_relation", "detail": "some"}],
        "identifiers": ["name_and_contact"],
        "recipient": {"kind": "steady_supplier", "trust_documented": "yes"},
    }
    confirmed = fact(
        {"deletion_confirmed": "yes"},
        kind=FactKind.RECIPIENT_CONFIRMED,
        sender="caseworker:x1",
        minute=9,
        role=Role.CASEWORKER,
    )
    assert judged(report(sheet)).outcome is Outcome.RISK
    assert judged(report(sheet), confirmed).outcome is Outcome.UNLIKELY_RISK


def test_no_answer_for_two_days_raises_the_score() -> None:
    """A recipient who stays silent counts as unknown recipients (ENISA annex 3: 0.5 instead of 0.25)."""
    letter = report(HARMLESS)
    silent = fact(
        {"task": "written_confirmation", "state": "unanswered"},
        kind=FactKind.TASK_UNANSWERED,
        sender="caseworker:x1",
        minute=9,
        role=Role.CASEWORKER,
    )
    assert (judged(letter).score, judged(letter, silent).score) == (1.0, 1.25)


def test_an_unopened_item_handed_back_was_seen_by_nobody() -> None:
    """Domain 7.3: unopened and returned sealed, even a benefit decision with CPR is for the register only."""
    body: dict[str, JsonValue] = {
        "cause": "internal_accident",
        "medium": "letter",
        "data": [{"category": "name"}, {"category": "cpr"}, {"category": "benefits"}],
        "recipient": {"kind": "citizen", "opened": "no", "read": "no", "returned": "yes"},
    }
    got = judged(report(body, kind=FactKind.MISDELIVERY_RECEIVED))
    assert got.outcome is Outcome.UNLIKELY_RISK


@pytest.mark.parametrize(
    "relief", [{"trust_documented": "yes", "deletion_confirmed": "yes"}, {"opened": "no", "returned": "yes"}], ids=str
)
def test_what_the_right_recipient_did_is_no_relief_once_another_sender_names_a_wrong_one(
    relief: dict[str, str],
) -> None:
    """EDPB 9/2022 pp. 25-26: the right consultant's good conduct says nothing of the department that got the file too."""
    profile: dict[str, JsonValue] = {"data": [{"category": "profile", "detail": "full"}]}
    right = report(profile | {"recipient": {"kind": "intended", **relief}})
    wrong = report({"recipient": {"kind": "own_department"}}, sender="/forms/b", minute=1)
    returned = report({"recipient": {"kind": "own_department", **relief}}, sender="/forms/b", minute=1)
    assert judged(right, wrong).inform_subjects
    assert not judged(right, returned).inform_subjects
