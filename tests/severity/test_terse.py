"""Terse reports do not page; hints of danger do; unknown is never low."""

import pytest
from pydantic import JsonValue

from schemas.actions import Outcome
from schemas.facts import FactKind
from tests.severity.said import HARMLESS, fact, judged, report


@pytest.mark.parametrize("kind", [FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED])
def test_a_terse_report_is_a_risk_and_pages_nobody(kind: FactKind) -> None:
    """A citizen who only says that something is wrong gets a risk, a grave worst, and no page."""
    got = judged(report({}, kind=kind))
    assert (got.outcome, got.worst, got.safety) == (Outcome.RISK, Outcome.HIGH_RISK, False)
    assert got.missing[0].field == "subjects.protected_address"


def test_an_unreadable_report_is_a_risk() -> None:
    """A report that nobody could read says that something happened and nothing else."""
    got = judged(fact({"codes": ["not_json"]}, kind=FactKind.REPORT_UNREADABLE))
    assert (got.outcome, got.worst, got.safety) == (Outcome.RISK, Outcome.HIGH_RISK, False)


def test_an_unreadable_report_after_a_harmless_one_lifts_it_to_risk() -> None:
    """What could not be read may be worse than what was told before."""
    assert judged(report(HARMLESS)).outcome is Outcome.UNLIKELY_RISK
    later = fact({}, kind=FactKind.REPORT_UNREADABLE, minute=5)
    assert judged(report(HARMLESS), later).outcome is Outcome.RISK


@pytest.mark.parametrize(
    "hint",
    [
        {"subjects": {"protected_address": "yes"}},
        {"subjects": {"safety_at_stake": "yes"}},
        {"data": [{"category": "protected_address"}]},
        {"data": [{"category": "whereabouts"}]},
        {"data": [{"category": "child_case"}], "recipient": {"relation": "opposing_party"}},
    ],
)
def test_a_hint_of_danger_to_a_person_pages(hint: dict[str, JsonValue]) -> None:
    """A protected address or a child in danger is said at once, however little else is known."""
    got = judged(report(hint))
    assert got.safety
    assert got.outcome is Outcome.HIGH_RISK


def test_a_child_concern_beside_a_breach_is_a_matter_of_safety() -> None:
    """The message's other subject is a worry about a child."""
    assert judged(fact({"concerns": ["breach", "child_concern"]})).safety


def test_an_encrypted_laptop_with_protected_addresses_does_not_page() -> None:
    """Nobody can read what is unintelligible while the key is safe (Art. 34(3)(a))."""
    got = judged(
        report(
            {
                "medium": "device",
                "data": [{"category": "protected_address"}],
                "protection": "intact",
                "key_safe": "yes",
                "restorable": "yes",
                "availability": "recoverable",
                "integrity": "none",
                "effect_on_people": "no",
                "cause": "external_malicious",
                "exposure": "exposed",
            }
        )
    )
    assert (got.outcome, got.safety) == (Outcome.UNLIKELY_RISK, False)


def test_glostrups_jobcentre_is_judged_as_its_page_says_until_shown_otherwise() -> None:
    """GLO-6: CPR, health and social data are assumed in jobcentre cases while nobody has named the data."""
    terse = report({}, area="jobcentre")
    assert judged(terse, municipality="161").outcome is Outcome.HIGH_RISK
    assert judged(terse, municipality="657").outcome is Outcome.RISK
    shown = report(HARMLESS, area="jobcentre")
    assert judged(shown, municipality="161").outcome is Outcome.UNLIKELY_RISK


def test_billunds_case_information_is_confidential_by_default() -> None:
    """BIL-6: a mere name in a letter to somebody who knows the person is confidential there (R8)."""
    known = HARMLESS | {"recipient": {"kind": "citizen", "relation": "knows_person"}}
    assert judged(report(known), municipality="530").outcome is Outcome.RISK
    assert judged(report(known), municipality="657").outcome is Outcome.UNLIKELY_RISK


def test_values_of_a_newer_version_count_as_unknown() -> None:
    """An enum value or a category that this version does not know neither crashes nor lowers."""
    odd: dict[str, JsonValue] = HARMLESS | {"data": [{"category": "neural"}], "exposure": 7, "new_field": {"x": 1}}
    assert judged(report(odd)).outcome is not Outcome.UNLIKELY_RISK
    broken = fact({"circumstances": "text", "concerns": 3, "place": []})
    assert judged(broken).outcome is Outcome.RISK


@pytest.mark.parametrize("seen", [{"read": "yes"}, {"opened": "yes"}, {"passed_on": "yes"}])
def test_what_somebody_read_is_not_taken_for_unseen(seen: dict[str, JsonValue]) -> None:
    """Aspects that leave confidentiality out do not show that nobody saw it, when somebody says that it was read."""
    outage: dict[str, JsonValue] = {
        "aspects": ["availability"],
        "cause": "internal_accident",
        "data": [{"category": "name"}, {"category": "health", "detail": "content"}],
        "availability": "recoverable",
    }
    assert judged(report(outage)).outcome is not Outcome.HIGH_RISK
    assert judged(report(outage | {"recipient": seen})).outcome is Outcome.HIGH_RISK
