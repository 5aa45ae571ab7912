"""Which policy holds when a correction crosses the border between two."""

from datetime import date, datetime, timedelta

import pytest

from pipeline.clock.governing import governing
from pipeline.clock.policy import Policy
from schemas.case import Awareness
from schemas.facts import Fact, FactKind
from tests.clock.telling import fact, local

BORDER = local("2028-07-01 00:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def law(gdpr: Policy) -> tuple[Policy, Policy]:
    """The law today, and a later one of 96 hours."""
    later = {"id": "omnibus", "valid_from": date(2028, 7, 1), "deadline": 96 * HOUR, "hash": "f" * 64}
    return gdpr, gdpr.model_copy(update=later)


def held(signal_at: datetime, aware_at: datetime) -> Awareness:
    """Returns an awareness that a person has corrected."""
    return Awareness(signal_at=signal_at, signal_fact="0" * 32, aware_at=aware_at)


def chosen(policy: str, recorded: datetime) -> Fact:
    """Returns a person's choice of policy."""
    return fact(FactKind.POLICY_CHOSEN, recorded, {"policy": policy, "reason": "efter råd"})


def test_on_one_side_of_the_border_there_is_nothing_to_choose(law: tuple[Policy, Policy]) -> None:
    """Signal and awareness under one policy: it governs, whatever anybody says."""
    found = governing(held(BORDER - 30 * HOUR, BORDER - 8 * HOUR), [chosen("omnibus", BORDER)], law)
    assert (found.policy.id, found.choice_owed) == ("gdpr33-dk", False)


def test_across_the_border_the_earlier_deadline_holds(law: tuple[Policy, Policy]) -> None:
    """Signalled before it, aware after it: 72 hours hold, and a person owes the choice."""
    found = governing(held(BORDER - 8 * HOUR, BORDER + 8 * HOUR), [], law)
    assert found.other is not None
    assert (found.policy.id, found.other.id, found.choice_owed) == ("gdpr33-dk", "omnibus", True)


def test_the_earlier_deadline_holds_in_the_other_direction_too(law: tuple[Policy, Policy]) -> None:
    """Signalled after it, corrected to before it: still the one with fewer hours."""
    assert governing(held(BORDER + 8 * HOUR, BORDER - HOUR), [], law).policy.id == "gdpr33-dk"


def test_the_earlier_deadline_may_be_that_of_the_newer_law(gdpr: Policy) -> None:
    """Signalled under 48 more hours, aware under today's: the newer law's deadline is the earlier one and holds."""
    longer = gdpr.model_copy(update={"id": "longer", "deadline": gdpr.deadline + 48 * HOUR, "hash": "e" * 64})
    newer = gdpr.model_copy(update={"id": "newer", "valid_from": date(2028, 7, 1), "hash": "f" * 64})
    assert governing(held(BORDER - 8 * HOUR, BORDER + 8 * HOUR), [], (longer, newer)).policy.id == "newer"


def test_a_second_either_side_of_the_border(law: tuple[Policy, Policy]) -> None:
    """The last second before it needs no choice, the border itself does."""
    signal, second = BORDER - 8 * HOUR, timedelta(seconds=1)
    assert not governing(held(signal, BORDER - second), [], law).choice_owed
    assert governing(held(signal, BORDER), [], law).choice_owed


def test_a_persons_choice_governs(law: tuple[Policy, Policy]) -> None:
    """By id or version; the latest one; a name that is neither of the two is no choice."""
    aware = held(BORDER - 8 * HOUR, BORDER + 8 * HOUR)
    first, second = chosen("omnibus.v1", BORDER + 9 * HOUR), chosen("gdpr33-dk", BORDER + 10 * HOUR)
    found = governing(aware, [first], law)
    assert (found.policy.id, found.chosen_by, found.choice_owed) == ("omnibus", first.fact_id, False)
    assert governing(aware, [second, first], law).policy.id == "gdpr33-dk"
    assert governing(aware, [chosen("omnibus-com-2025-11", BORDER)], law).choice_owed


def test_an_id_that_both_versions_share_names_neither(gdpr: Policy) -> None:
    """Between two versions of one policy the version has to be said."""
    newer = gdpr.model_copy(update={"version": 2, "valid_from": date(2028, 7, 1), "hash": "f" * 64})
    aware = held(BORDER - 8 * HOUR, BORDER + 8 * HOUR)
    assert governing(aware, [chosen("gdpr33-dk", BORDER)], (gdpr, newer)).choice_owed
    assert governing(aware, [chosen("gdpr33-dk.v2", BORDER)], (gdpr, newer)).policy.version == 2


def test_a_correction_to_before_the_first_law_changes_nothing(law: tuple[Policy, Policy]) -> None:
    """Where no other policy is, the signal's governs."""
    assert governing(held(BORDER - 8 * HOUR, local("2018-01-01 00:00")), [], law).policy.id == "gdpr33-dk"
