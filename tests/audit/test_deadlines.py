"""No deadline is later than the first signal plus the law's hours unless a person said so."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from pipeline.audit.evidence import gather
from pipeline.audit.finding import Code
from tests.audit.scene import (
    CASE,
    DEADLINE,
    FACT,
    TOLD,
    TOPICS,
    Parts,
    Scene,
    case,
    clock,
    fact,
    iso,
    person,
    story,
)
from tests.audit.test_balance import codes

CORRECTED = "f" * 31 + "2"


def moved(hours: float, ground: str, facts: list[dict[str, JsonValue]] | None = None) -> dict[str, JsonValue]:
    """Returns the case with its awareness `hours` after the signal, corrected on `ground` by the DPO."""
    at = TOLD + timedelta(hours=hours)
    known = facts or [fact(), person("awareness.corrected", at + timedelta(hours=1), ground=ground)]
    aware: dict[str, JsonValue] = {
        "signal_at": iso(TOLD),
        "signal_fact": FACT,
        "aware_at": iso(at),
        "corrected_by": CORRECTED,
    }
    later = clock(aware_at=iso(at), deadline_at=iso(at + timedelta(hours=72)))
    return case(known, awareness=aware, clocks=[later])


@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(hours=24)])
def test_a_deadline_beyond_72_hours_is_found(late: timedelta) -> None:
    """GDPR Art. 33(1): told on 17 November at 9, by 20 November at 9; a second more is too late."""
    assert codes(story(Parts(case=case(clocks=[clock(deadline_at=iso(DEADLINE + late))])))) == [Code.DEADLINE_TOO_LATE]


def test_an_earlier_deadline_is_no_finding() -> None:
    """Only later harms."""
    assert codes(story(Parts(case=case(clocks=[clock(deadline_at=iso(DEADLINE - timedelta(hours=1)))])))) == []


def test_an_amber_line_beyond_72_hours_is_found() -> None:
    """The uncorrected deadline stays visible where it is."""
    late = clock(amber_at=iso(DEADLINE + timedelta(hours=1)))
    assert codes(story(Parts(case=case(clocks=[late])))) == [Code.DEADLINE_TOO_LATE]


def test_hours_that_no_released_file_names_are_found() -> None:
    """The clock counts 96 hours under the law of 72."""
    slow = clock(hours=96.0, deadline_at=iso(TOLD + timedelta(hours=96)))
    assert codes(story(Parts(case=case(clocks=[slow])))) == [Code.UNKNOWN_HOURS, Code.DEADLINE_TOO_LATE]


def test_a_persons_investigation_within_its_cap_is_no_finding() -> None:
    """Guidelines 9/2022 para 34: a short investigation; the policy caps it at 24 hours."""
    assert codes(story(Parts(case=moved(24, "investigation")))) == []


def test_an_investigation_over_its_cap_is_found() -> None:
    """An hour beyond the cap."""
    assert codes(story(Parts(case=moved(25, "investigation")))) == [Code.AWARENESS_OVER_LIMIT]


def test_a_clerical_error_ends_at_the_brokers_time() -> None:
    """What was in the municipality's system cannot have come later than it did."""
    assert codes(story(Parts(case=moved(1, "clerical_error")))) == [Code.AWARENESS_OVER_LIMIT]


def test_a_later_awareness_without_a_persons_fact_is_found() -> None:
    """The record names a correction that is not among the facts, or that a machine made."""
    assert codes(story(Parts(case=moved(2, "", [fact()])))) == [Code.AWARENESS_WITHOUT_PERSON]
    machine = fact(
        "awareness.corrected",
        fact_id=CORRECTED,
        by={"role": "machine", "local_id": "brudvagt"},
        body={"ground": "investigation"},
    )
    assert codes(story(Parts(case=moved(2, "", [fact(), machine])))) == [Code.AWARENESS_WITHOUT_PERSON]


def test_a_signal_later_than_a_report_is_found() -> None:
    """The broker had a report before the time that the case counts from."""
    early = fact(fact_id="c" * 32, recorded_at=iso(TOLD - timedelta(hours=3)))
    assert codes(story(Parts(case=case([early, fact()])))) == [Code.SIGNAL_IGNORED]


@pytest.mark.parametrize(
    ("form_at", "expected"),
    [
        (TOLD - timedelta(days=1), [Code.SIGNAL_IGNORED]),
        (TOLD + timedelta(days=1), []),
        (datetime(1999, 1, 1, tzinfo=UTC), []),
    ],
    ids=["a late outbox", "in the future", "before any law"],
)
def test_the_forms_own_time_counts_if_it_can_be_true(form_at: datetime, expected: list[Code]) -> None:
    """The form took the report in before the broker had it; nothing in the future counts (design §5)."""
    assert codes(story(Parts(case=case([fact(form_recorded_at=iso(form_at))])))) == expected


def versions(*cases: dict[str, JsonValue]) -> Scene:
    """Returns the sound story with further versions of its case."""
    scene = story()
    for one in cases:
        scene.put(TOPICS.cases, one, key=CASE, at=TOLD + timedelta(hours=25))
    scene.all_read()
    return scene


def earlier() -> dict[str, JsonValue]:
    """Returns the case an hour before the sound one, so that the sound one is a move to later."""
    hour = timedelta(hours=1)
    aware: dict[str, JsonValue] = {
        "signal_at": iso(TOLD - hour),
        "signal_fact": FACT,
        "aware_at": iso(TOLD - hour),
    }
    early = clock(aware_at=iso(TOLD - hour), deadline_at=iso(DEADLINE - hour), amber_at=iso(DEADLINE - hour))
    return case(awareness=aware, clocks=[early])


def test_a_deadline_that_moved_later_by_itself_is_found() -> None:
    """Two versions of the case, the second with more time, and no person between them."""
    assert codes(versions(earlier(), case())) == [Code.DEADLINE_MOVED]


def test_a_deadline_that_moved_earlier_is_no_finding() -> None:
    """An earlier signal came in."""
    assert codes(versions(earlier())) == []


def test_a_deadline_that_a_person_moved_is_no_finding() -> None:
    """The correction came with the change, and is named."""
    assert codes(versions(moved(5, "investigation"))) == []


def test_a_correction_of_long_ago_does_not_excuse_a_new_move() -> None:
    """Only a fact that is new in that version explains it."""
    once, again = moved(5, "investigation"), moved(6, "investigation")
    again["facts"] = once["facts"]
    assert codes(versions(once, again)) == [Code.DEADLINE_MOVED]


def beside(**other: JsonValue) -> dict[str, JsonValue]:
    """Returns the second clock of a significant incident (NIS 2): the early warning after a day."""
    return clock(policy="nis2-dk", **{"deadline_at": iso(TOLD + timedelta(hours=24)), **other})


def test_a_second_clock_that_moved_later_by_itself_is_found() -> None:
    """From the early warning to the notification, and nobody filed the early warning."""
    later = beside(deadline_at=iso(DEADLINE))
    found = codes(versions(case(clocks=[clock(), beside()]), case(clocks=[clock(), later])))
    assert found == [Code.DEADLINE_MOVED]


def test_an_early_warning_moves_the_second_clock_to_the_notification() -> None:
    """The security coordinator filed it: the next stage is due."""
    filed = person("incident.stated", TOLD + timedelta(hours=5), filed="early_warning")
    later = case([fact(), filed], clocks=[clock(), beside(deadline_at=iso(DEADLINE))])
    assert codes(versions(case(clocks=[clock(), beside()]), later)) == []


def test_a_second_clock_counts_from_no_earlier_than_its_law() -> None:
    """A year mistyped to before NIS 2 (in force since 1 July 2025): its clock starts with the law, not before it."""
    aware: dict[str, JsonValue] = {"signal_at": iso(datetime(2019, 11, 17, 9, tzinfo=UTC)), "signal_fact": FACT}
    aware["aware_at"] = aware["signal_at"]
    law = datetime(2025, 6, 30, 22, tzinfo=UTC)
    first = clock(**dict.fromkeys(("aware_at", "deadline_at", "amber_at"), iso(datetime(2019, 11, 20, 9, tzinfo=UTC))))
    second = beside(
        aware_at=iso(law), deadline_at=iso(law + timedelta(hours=24)), amber_at=iso(law + timedelta(hours=72))
    )
    assert Code.DEADLINE_TOO_LATE not in codes(story(Parts(case=case(awareness=aware, clocks=[first, second]))))
    second["deadline_at"] = iso(law + timedelta(days=9))
    assert Code.DEADLINE_TOO_LATE in codes(story(Parts(case=case(awareness=aware, clocks=[first, second]))))


def test_a_word_about_an_incident_moves_its_clock_only_by_a_filing() -> None:
    """A reasoned no to NIS 2 stops the clock and moves nothing; a filing of long ago excuses no new move."""
    later, at = beside(deadline_at=iso(DEADLINE)), TOLD + timedelta(hours=5)
    no, filed = person("incident.stated", at, significant="no"), person("incident.stated", at, filed="early_warning")
    before = case([fact(), filed], clocks=[clock(), beside()])
    assert codes(versions(case(clocks=[clock(), beside()]), case([fact(), no], clocks=[clock(), later]))) == [
        Code.DEADLINE_MOVED
    ]
    assert codes(versions(before, case([fact(), filed], clocks=[clock(), later]))) == [Code.DEADLINE_MOVED]


def test_each_move_of_many_versions_is_found_and_an_erased_case_has_none() -> None:
    """Only the versions beside a move are kept: the others would be ten times the memory."""
    scene = versions(earlier(), case(), earlier(), case())
    assert codes(scene) == [Code.DEADLINE_MOVED] * 2
    kept = gather(scene.snapshot()).moved
    assert {reference: len(pairs) for reference, pairs in kept.items()} == {CASE: 2}
    scene.put(TOPICS.cases, None, key=CASE, at=TOLD + timedelta(hours=26))
    scene.all_read()
    assert gather(scene.snapshot()).moved == {}
