"""When the controller is aware, by who told what (design §5, domain.md §2.1)."""

from datetime import datetime, timedelta

import pytest

from pipeline.clock.awareness import awareness
from pipeline.clock.policy import Policy
from schemas.case import Awareness
from schemas.facts import Fact, FactKind
from schemas.reports import BREACH_REPORTED_BY_PROCESSOR
from tests.clock.telling import fact, local, report

FRIDAY = local("2026-11-20 15:45")
EARLIER = local("2026-11-19 09:05")
EARLIEST = local("2026-11-18 22:00")
HOUR = timedelta(hours=1)


def aware(policies: tuple[Policy, ...], *facts: Fact) -> Awareness:
    """Returns the awareness of a case with these facts, which somebody has reported."""
    found = awareness(facts, policies)
    assert found is not None
    return found


def doubted(found: Awareness) -> list[str]:
    """Returns the claims that a person is asked to look at, as the record shows them."""
    words = found.model_dump(mode="json")["doubted"]
    assert isinstance(words, list)
    return words


TABLE: dict[str, tuple[Fact, datetime, datetime | None]] = {
    # the report, from when the law counts, when another found it
    "staff report: the employee's discovery": (report(FRIDAY, "staff", discovered_at=EARLIER), EARLIER, None),
    "own detection: the system's discovery": (report(FRIDAY, "system", discovered_at=EARLIER), EARLIER, None),
    "citizen's tip: its receipt": (report(FRIDAY, "citizen", discovered_at=EARLIER), FRIDAY, EARLIER),
    "finder of a letter: its receipt": (report(FRIDAY, "finder", discovered_at=EARLIER), FRIDAY, EARLIER),
    "reporter unknown: its receipt": (report(FRIDAY, "unknown", discovered_at=EARLIER), FRIDAY, EARLIER),
    "press: its receipt": (report(FRIDAY, "press", discovered_at=EARLIER), FRIDAY, EARLIER),
    "processor's notice: its receipt": (
        fact(
            FactKind.REPORT_RECEIVED,
            FRIDAY,
            {"discovered_at": EARLIER.isoformat(), "processor_aware_at": EARLIEST.isoformat()},
            event_type=BREACH_REPORTED_BY_PROCESSOR,
        ),
        FRIDAY,
        EARLIEST,
    ),
    "processor's own staff is not the controller's": (
        fact(
            FactKind.REPORT_RECEIVED,
            FRIDAY,
            {"reporter": {"role": "staff"}, "discovered_at": EARLIER.isoformat()},
            event_type=BREACH_REPORTED_BY_PROCESSOR,
        ),
        FRIDAY,
        EARLIER,
    ),
    "processor's notice opened by a unit before": (
        fact(
            FactKind.REPORT_RECEIVED,
            FRIDAY,
            {"received_by_unit_at": EARLIER.isoformat()},
            event_type=BREACH_REPORTED_BY_PROCESSOR,
        ),
        EARLIER,
        None,
    ),
    "rejected report: its receipt": (fact(FactKind.REPORT_UNREADABLE, FRIDAY, {"codes": ["not_json"]}), FRIDAY, None),
    "a fact that could not be worked on: its receipt": (fact(FactKind.FACT_UNPROCESSABLE, FRIDAY), FRIDAY, None),
    "phone call entered the next day": (report(FRIDAY, received_by_unit_at=EARLIER), EARLIER, None),
    "form outbox hours late": (report(FRIDAY, form=FRIDAY - 6 * HOUR), FRIDAY - 6 * HOUR, None),
    "misdelivered letter handed in at a desk": (
        fact(FactKind.MISDELIVERY_RECEIVED, FRIDAY, {"received_by_unit_at": EARLIER.isoformat()}),
        EARLIER,
        None,
    ),
    "the earliest of all": (
        report(FRIDAY, "staff", form=FRIDAY - HOUR, received_by_unit_at=EARLIER, discovered_at=EARLIEST),
        EARLIEST,
        None,
    ),
    "a local time without an offset": (
        fact(FactKind.REPORT_RECEIVED, FRIDAY, {"received_by_unit_at": "2026-11-19T09:05"}),
        EARLIER,
        None,
    ),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_who_told_what(policies: tuple[Policy, ...], row: tuple[Fact, datetime, datetime | None]) -> None:
    """Receipt by any part of the controller counts; somebody else's discovery is recorded and does not."""
    told, counts_from, by_other = row
    found = aware(policies, told)
    assert (found.signal_at, found.aware_at, found.discovered_by_other_at) == (counts_from, counts_from, by_other)
    assert (found.signal_fact, found.ignored, found.corrected_by) == (told.fact_id, (), None)


def test_nobody_told_anything(policies: tuple[Policy, ...]) -> None:
    """Acts alone, or a request to absorb, make no awareness."""
    act = fact(FactKind.DPO_ADVISED, FRIDAY)
    asked = fact(FactKind.CASE_ABSORB_REQUESTED, FRIDAY, {"signal_at": EARLIER.isoformat()})
    assert awareness([], policies) is None
    assert awareness([act, asked], policies) is None


@pytest.mark.parametrize(
    "told",
    [
        report(FRIDAY, "staff", discovered_at=FRIDAY + timedelta(seconds=1)),
        report(FRIDAY, received_by_unit_at=FRIDAY + timedelta(days=365)),
        report(FRIDAY, form=FRIDAY + HOUR),
        report(FRIDAY, "citizen", discovered_at=FRIDAY + HOUR),
    ],
)
def test_nothing_in_the_future_counts(policies: tuple[Policy, ...], told: Fact) -> None:
    """A time after the broker's own is left out and named in words."""
    found = aware(policies, told)
    assert (found.signal_at, found.discovered_by_other_at) == (FRIDAY, None)
    (words,) = found.ignored
    assert "fredag den 20. november 2026 kl. 15.45" in words
    assert "tæller ikke" in words


def test_a_time_equal_to_the_receipt_is_not_in_the_future(policies: tuple[Policy, ...]) -> None:
    """Told at once: both times are the same, nothing is left out."""
    assert aware(policies, report(FRIDAY, "staff", discovered_at=FRIDAY)).ignored == ()


def test_a_mistyped_year_starts_the_clock_and_is_doubted(policies: tuple[Policy, ...]) -> None:
    """2025 for 2026: the machine does not know better, so the time counts and a person is asked."""
    typed = local("2025-11-20 15:00")
    found = aware(policies, report(FRIDAY, received_by_unit_at=typed))
    assert found.signal_at == typed
    (words,) = doubted(found)
    assert "torsdag den 20. november 2025 kl. 15.00" in words
    assert "tastefejl" in words


def test_a_year_before_the_law_counts_from_the_laws_beginning(policies: tuple[Policy, ...]) -> None:
    """1926 for 2026: no clock is lost for want of a policy; it runs from 25 May 2018, overdue, and is doubted."""
    found = aware(policies, report(FRIDAY, received_by_unit_at=local("1926-11-20 15:00")))
    assert found.signal_at == found.aware_at == local("2018-05-25 00:00")
    assert "25. maj 2018" in doubted(found)[0]


def test_an_ordinary_claim_is_not_doubted(policies: tuple[Policy, ...]) -> None:
    """A month is the limit in the policy: up to it nobody is asked."""
    month = FRIDAY - timedelta(days=30)
    assert doubted(aware(policies, report(FRIDAY, received_by_unit_at=month))) == []
    assert len(doubted(aware(policies, report(FRIDAY, received_by_unit_at=month - HOUR)))) == 1


def test_a_supplement_brings_an_earlier_receipt(policies: tuple[Policy, ...]) -> None:
    """What is told later may show that a unit knew earlier; it never makes it later."""
    first = report(FRIDAY)
    supplement = fact(FactKind.REPORT_SUPPLEMENTED, FRIDAY + HOUR, {"received_by_unit_at": EARLIER.isoformat()})
    assert aware(policies, first, supplement).signal_at == EARLIER
    later = fact(FactKind.REPORT_SUPPLEMENTED, FRIDAY + HOUR, {"received_by_unit_at": FRIDAY.isoformat()})
    assert aware(policies, first, later).signal_at == FRIDAY


def test_a_supplements_discovery_is_that_of_its_senders_reporter(policies: tuple[Policy, ...]) -> None:
    """A supplement names no role: from the sender of a staff report it is the employee's, from another nobody's."""
    first = report(FRIDAY, "staff")
    body = {"discovered_at": EARLIER.isoformat()}
    same = fact(FactKind.REPORT_SUPPLEMENTED, FRIDAY + HOUR, dict(body))
    other = fact(FactKind.REPORT_SUPPLEMENTED, FRIDAY + HOUR, dict(body), sender="//forms.example/2")
    assert aware(policies, first, same).signal_at == EARLIER
    found = aware(policies, first, other)
    assert (found.signal_at, found.discovered_by_other_at) == (FRIDAY, EARLIER)


def test_a_citizens_discovery_is_not_staffs_for_coming_by_the_same_form(policies: tuple[Policy, ...]) -> None:
    """Staff and citizens use one form: each report counts by its own reporter."""
    found = aware(policies, report(FRIDAY, "staff"), report(FRIDAY + HOUR, "citizen", discovered_at=EARLIER))
    assert (found.signal_at, found.discovered_by_other_at) == (FRIDAY, EARLIER)


def test_a_duplicate_report_keeps_the_earliest(policies: tuple[Policy, ...]) -> None:
    """The same incident by another channel two hours later moves nothing (domain.md M45)."""
    first = report(FRIDAY)
    assert aware(policies, report(FRIDAY + 2 * HOUR), first).signal_at == FRIDAY
    assert aware(policies, report(FRIDAY + 2 * HOUR), first).signal_fact == first.fact_id


def test_an_illegible_time_in_a_body_is_no_signal(policies: tuple[Policy, ...]) -> None:
    """A body that this version cannot read leaves the broker's time, and raises nothing."""
    odd = fact(FactKind.REPORT_RECEIVED, FRIDAY, {"received_by_unit_at": "i går", "discovered_at": 5, "reporter": "x"})
    assert aware(policies, odd).signal_at == FRIDAY


def test_datatilsynets_own_breach_was_late(policies: tuple[Policy, ...], gdpr: Policy) -> None:
    """2020-442-8866: an employee knew on Wednesday 5 August 2020; the filing on Monday 10 August was late."""
    found = aware(policies, report(local("2020-08-10 12:00"), "staff", discovered_at=local("2020-08-05 23:59")))
    assert found.aware_at + gdpr.deadline == local("2020-08-08 23:59")


def test_an_absorbed_cases_first_signal_counts(policies: tuple[Policy, ...]) -> None:
    """A is closed as B's duplicate and was signalled earlier: B counts from A's signal; a later one moves nothing."""
    own = report(FRIDAY)
    asked = fact(FactKind.CASE_ABSORB_REQUESTED, FRIDAY + HOUR, {"signal_at": EARLIER.isoformat()})
    later = fact(FactKind.CASE_ABSORB_REQUESTED, FRIDAY + HOUR, {"signal_at": (FRIDAY + HOUR).isoformat()})
    found = aware(policies, own, asked)
    assert (found.signal_at, found.signal_fact) == (EARLIER, asked.fact_id)
    assert aware(policies, own, later).signal_at == FRIDAY
