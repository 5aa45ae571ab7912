"""A person's correction of the awareness, and what it may not do."""

from datetime import datetime, timedelta

import pytest

from pipeline.clock.awareness import awareness
from pipeline.clock.policy import Policy
from schemas.case import Awareness
from schemas.facts import Fact, FactKind
from tests.clock.telling import correction, fact, local, report

FRIDAY = local("2026-11-20 15:45")
HOUR = timedelta(hours=1)
LATER = FRIDAY + 30 * HOUR


def aware(policies: tuple[Policy, ...], *facts: Fact) -> Awareness:
    """Returns the awareness of a case with these facts, which somebody has reported."""
    found = awareness(facts, policies)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("claimed", "counts"),
    [
        (FRIDAY + 20 * HOUR, FRIDAY + 20 * HOUR),
        (FRIDAY + 24 * HOUR, FRIDAY + 24 * HOUR),
        (FRIDAY + 29 * HOUR, FRIDAY + 24 * HOUR),
        (FRIDAY - 5 * HOUR, FRIDAY - 5 * HOUR),
    ],
)
def test_an_investigation_ends_a_day_after_the_signal(
    policies: tuple[Policy, ...], claimed: datetime, counts: datetime
) -> None:
    """At most the policy's 24 hours later; the claimed value stays visible, and so does the signal."""
    act = correction(LATER, claimed, "investigation")
    found = aware(policies, report(FRIDAY), act)
    assert (found.signal_at, found.aware_at, found.claimed_at) == (FRIDAY, counts, claimed)
    assert found.corrected_by == act.fact_id


def test_the_tax_agencys_investigation_stands(policies: tuple[Policy, ...], gdpr: Policy) -> None:
    """2021-442-13805: a call on 8 July 2021, confirmed on 9 July; filed on 12 July, in time."""
    call, confirmed = report(local("2021-07-08 14:00")), local("2021-07-09 13:00")
    found = aware(policies, call, correction(local("2021-07-09 15:00"), confirmed, "investigation"))
    assert found.aware_at == confirmed
    assert found.aware_at + gdpr.deadline == local("2021-07-12 13:00")


def test_a_clerical_error_goes_to_broker_time_at_most(policies: tuple[Policy, ...]) -> None:
    """The mistyped year is put right: to what the person says, but never past the receipt."""
    typed = report(FRIDAY, received_by_unit_at=local("2025-11-20 15:00"))
    right = local("2026-11-20 15:00")
    assert aware(policies, typed, correction(LATER, right, "clerical_error")).aware_at == right
    assert aware(policies, typed, correction(LATER, FRIDAY + 9 * HOUR, "clerical_error")).aware_at == FRIDAY


def test_the_first_broker_time_of_several_reports_is_the_limit(policies: tuple[Policy, ...]) -> None:
    """Told twice: the correction ends at the first receipt."""
    typed = report(FRIDAY, received_by_unit_at=local("2025-11-20 15:00"))
    again = report(FRIDAY + 5 * HOUR)
    act = correction(LATER, FRIDAY + 4 * HOUR, "clerical_error")
    assert aware(policies, typed, again, act).aware_at == FRIDAY


def test_the_latest_correction_counts(policies: tuple[Policy, ...]) -> None:
    """By time of recording, then id; whatever the order of arrival."""
    first = correction(LATER, FRIDAY + 20 * HOUR, "investigation", "a" * 32)
    second = correction(LATER + HOUR, FRIDAY + 2 * HOUR, "investigation", "0" * 32)
    same_time = correction(LATER + HOUR, FRIDAY + 3 * HOUR, "investigation", "f" * 32)
    assert aware(policies, second, report(FRIDAY), first).aware_at == FRIDAY + 2 * HOUR
    assert aware(policies, same_time, second, report(FRIDAY), first).aware_at == FRIDAY + 3 * HOUR


def test_an_earlier_signal_caps_an_investigation_anew(policies: tuple[Policy, ...]) -> None:
    """A unit turns out to have known 10 hours before: the day of investigation counts from then."""
    act = correction(LATER, FRIDAY + 20 * HOUR, "investigation")
    earlier = report(LATER + HOUR, received_by_unit_at=FRIDAY - 10 * HOUR)
    assert aware(policies, report(FRIDAY), act, earlier).aware_at == FRIDAY + 14 * HOUR


def test_a_later_report_with_an_earlier_claim_survives_a_clerical_error(policies: tuple[Policy, ...]) -> None:
    """The person corrected the year that they saw, not what another unit says afterwards."""
    typed = report(FRIDAY, received_by_unit_at=local("2025-11-20 15:00"))
    act = correction(LATER, FRIDAY, "clerical_error")
    news = report(LATER + HOUR, received_by_unit_at=FRIDAY - 7 * HOUR)
    assert aware(policies, typed, act).aware_at == FRIDAY
    assert aware(policies, typed, act, news).aware_at == FRIDAY - 7 * HOUR


def test_a_correction_into_the_future_does_not_count(policies: tuple[Policy, ...]) -> None:
    """It is named in words, and the correction before it stays."""
    good = correction(LATER, FRIDAY + 20 * HOUR, "investigation")
    future = correction(LATER + HOUR, LATER + 2 * HOUR, "investigation")
    found = aware(policies, report(FRIDAY), good, future)
    assert (found.aware_at, found.corrected_by) == (FRIDAY + 20 * HOUR, good.fact_id)
    assert len(found.ignored) == 1
    assert "fremtiden" in found.ignored[0]


def test_a_correction_that_cannot_be_read_does_not_count(policies: tuple[Policy, ...]) -> None:
    """No time, or an unknown ground: named in words, nothing moves."""
    odd = fact(FactKind.AWARENESS_CORRECTED, LATER, {"aware_at": "i går", "ground": "investigation"})
    unknown = fact(FactKind.AWARENESS_CORRECTED, LATER, {"aware_at": FRIDAY.isoformat(), "ground": "because"})
    found = aware(policies, report(FRIDAY), odd, unknown)
    assert (found.aware_at, found.corrected_by) == (FRIDAY, None)
    assert "kan ikke læses" in found.ignored[0]


def test_the_cap_is_the_policys(gdpr: Policy) -> None:
    """A policy that grants two hours grants two hours."""
    narrow = gdpr.model_copy(update={"awareness_cap": 2 * HOUR})
    found = aware((narrow,), report(FRIDAY), correction(LATER, FRIDAY + 20 * HOUR, "investigation"))
    assert found.aware_at == FRIDAY + 2 * HOUR


def test_a_case_absorbed_after_a_clerical_error_brings_its_signal(policies: tuple[Policy, ...]) -> None:
    """Whoever corrected B's year had not seen A: A's signal counts although A's receipt was before the correction."""
    typed = report(FRIDAY, received_by_unit_at=local("2025-11-20 15:00"))
    act = correction(LATER, FRIDAY, "clerical_error")
    body = {"signal_at": (FRIDAY - 7 * HOUR).isoformat(), "broker_at": (FRIDAY - HOUR).isoformat()}
    asked = fact(FactKind.CASE_ABSORB_REQUESTED, LATER + HOUR, dict(body))
    assert aware(policies, typed, act, asked).aware_at == FRIDAY - 7 * HOUR


def test_an_absorbed_case_keeps_its_broker_time_as_the_limit(policies: tuple[Policy, ...]) -> None:
    """B took A over: a clerical error in B cannot count from after A's own receipt."""
    body = {"signal_at": (FRIDAY - 400 * 24 * HOUR).isoformat(), "broker_at": (FRIDAY - 9 * HOUR).isoformat()}
    asked = fact(FactKind.CASE_ABSORB_REQUESTED, FRIDAY + HOUR, dict(body))
    act = correction(LATER, FRIDAY, "clerical_error")
    assert aware(policies, report(FRIDAY), asked, act).aware_at == FRIDAY - 9 * HOUR
