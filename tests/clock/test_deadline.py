"""The deadline in its four readings, by the vectors of domain.md §5.4 and their traps."""

from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock.deadline import readings, strict
from pipeline.clock.localtime import long_form
from pipeline.clock.policy import Policy
from schemas.times import COPENHAGEN

# aware at, then strict, hour rule, extended by whole days, extended by parts of days: as the table has them
VECTORS = {
    "1 weekdays": (
        "2026-11-16T10:20+01:00",
        "2026-11-19T10:20+01:00 torsdag den 19. november 2026 kl. 10.20",
        "2026-11-19T11:00+01:00 torsdag den 19. november 2026 kl. 11.00",
        "2026-11-19T11:00+01:00 torsdag den 19. november 2026 kl. 11.00",
        "2026-11-19T11:00+01:00 torsdag den 19. november 2026 kl. 11.00",
    ),
    "2 ends on Sunday": (
        "2026-11-19T09:05+01:00",
        "2026-11-22T09:05+01:00 søndag den 22. november 2026 kl. 09.05",
        "2026-11-22T10:00+01:00 søndag den 22. november 2026 kl. 10.00",
        "2026-11-24T00:00+01:00 tirsdag den 24. november 2026 kl. 00.00",
        "2026-11-22T10:00+01:00 søndag den 22. november 2026 kl. 10.00",
    ),
    "3 Friday afternoon": (
        "2026-11-20T15:45+01:00",
        "2026-11-23T15:45+01:00 mandag den 23. november 2026 kl. 15.45",
        "2026-11-23T16:00+01:00 mandag den 23. november 2026 kl. 16.00",
        "2026-11-25T00:00+01:00 onsdag den 25. november 2026 kl. 00.00",
        "2026-11-23T16:00+01:00 mandag den 23. november 2026 kl. 16.00",
    ),
    "4 Saturday": (
        "2026-11-21T11:10+01:00",
        "2026-11-24T11:10+01:00 tirsdag den 24. november 2026 kl. 11.10",
        "2026-11-24T12:00+01:00 tirsdag den 24. november 2026 kl. 12.00",
        "2026-11-25T00:00+01:00 onsdag den 25. november 2026 kl. 00.00",
        "2026-11-24T12:00+01:00 tirsdag den 24. november 2026 kl. 12.00",
    ),
    "5 clocks forward": (
        "2026-03-27T14:30+01:00",
        "2026-03-30T15:30+02:00 mandag den 30. marts 2026 kl. 15.30",
        "2026-03-30T16:00+02:00 mandag den 30. marts 2026 kl. 16.00",
        "2026-04-01T00:00+02:00 onsdag den 1. april 2026 kl. 00.00",
        "2026-03-30T16:00+02:00 mandag den 30. marts 2026 kl. 16.00",
    ),
    "6 clocks back": (
        "2026-10-23T14:30+02:00",
        "2026-10-26T13:30+01:00 mandag den 26. oktober 2026 kl. 13.30",
        "2026-10-26T14:00+01:00 mandag den 26. oktober 2026 kl. 14.00",
        "2026-10-28T00:00+01:00 onsdag den 28. oktober 2026 kl. 00.00",
        "2026-10-26T14:00+01:00 mandag den 26. oktober 2026 kl. 14.00",
    ),
    "7 doubled hour, first": (
        "2026-10-25T02:30+02:00",
        "2026-10-28T01:30+01:00 onsdag den 28. oktober 2026 kl. 01.30",
        "2026-10-28T02:00+01:00 onsdag den 28. oktober 2026 kl. 02.00",
        "2026-10-28T02:00+01:00 onsdag den 28. oktober 2026 kl. 02.00",
        "2026-10-28T02:00+01:00 onsdag den 28. oktober 2026 kl. 02.00",
    ),
    "8 doubled hour, second": (
        "2026-10-25T02:30+01:00",
        "2026-10-28T02:30+01:00 onsdag den 28. oktober 2026 kl. 02.30",
        "2026-10-28T03:00+01:00 onsdag den 28. oktober 2026 kl. 03.00",
        "2026-10-28T03:00+01:00 onsdag den 28. oktober 2026 kl. 03.00",
        "2026-10-28T03:00+01:00 onsdag den 28. oktober 2026 kl. 03.00",
    ),
    "9 Easter, from Wednesday": (
        "2026-04-01T15:00+02:00",
        "2026-04-04T15:00+02:00 lørdag den 4. april 2026 kl. 15.00",
        "2026-04-04T16:00+02:00 lørdag den 4. april 2026 kl. 16.00",
        "2026-04-09T00:00+02:00 torsdag den 9. april 2026 kl. 00.00",
        "2026-04-08T00:00+02:00 onsdag den 8. april 2026 kl. 00.00",
    ),
    "10 Easter, from Maundy Thursday": (
        "2026-04-02T09:30+02:00",
        "2026-04-05T09:30+02:00 søndag den 5. april 2026 kl. 09.30",
        "2026-04-05T10:00+02:00 søndag den 5. april 2026 kl. 10.00",
        "2026-04-09T00:00+02:00 torsdag den 9. april 2026 kl. 00.00",
        "2026-04-09T00:00+02:00 torsdag den 9. april 2026 kl. 00.00",
    ),
    "11 Christmas": (
        "2026-12-23T16:10+01:00",
        "2026-12-26T16:10+01:00 lørdag den 26. december 2026 kl. 16.10",
        "2026-12-26T17:00+01:00 lørdag den 26. december 2026 kl. 17.00",
        "2026-12-29T00:00+01:00 tirsdag den 29. december 2026 kl. 00.00",
        "2026-12-26T17:00+01:00 lørdag den 26. december 2026 kl. 17.00",
    ),
    "12 New Year": (
        "2026-12-31T10:00+01:00",
        "2027-01-03T10:00+01:00 søndag den 3. januar 2027 kl. 10.00",
        "2027-01-03T11:00+01:00 søndag den 3. januar 2027 kl. 11.00",
        "2027-01-06T00:00+01:00 onsdag den 6. januar 2027 kl. 00.00",
        "2027-01-05T00:00+01:00 tirsdag den 5. januar 2027 kl. 00.00",
    ),
    "13 Whitsun": (
        "2026-05-22T15:00+02:00",
        "2026-05-25T15:00+02:00 mandag den 25. maj 2026 kl. 15.00",
        "2026-05-25T16:00+02:00 mandag den 25. maj 2026 kl. 16.00",
        "2026-05-28T00:00+02:00 torsdag den 28. maj 2026 kl. 00.00",
        "2026-05-27T00:00+02:00 onsdag den 27. maj 2026 kl. 00.00",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_laws_vectors(vector: tuple[str, ...], gdpr: Policy) -> None:
    """Each vector gives its four readings, in UTC, and reads in Danish as the calendar says."""
    aware_at, *expected = vector
    counted = astuple(readings(datetime.fromisoformat(aware_at), gdpr))
    for at, line in zip(counted, expected, strict=True):
        iso, danish = line.split(" ", 1)
        assert at == datetime.fromisoformat(iso)
        assert at.utcoffset() == timedelta(0)
        assert long_form(at) == danish


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_zone_in_which_awareness_is_written_does_not_matter(vector: tuple[str, ...], gdpr: Policy) -> None:
    """A local datetime with its zone, whose own arithmetic is wall time, gives the same as UTC."""
    aware_at = datetime.fromisoformat(vector[0])
    assert readings(aware_at.astimezone(COPENHAGEN), gdpr) == readings(aware_at.astimezone(UTC), gdpr)


def test_wall_clock_arithmetic_would_be_an_hour_late(gdpr: Policy) -> None:
    """The trap of vector 6: local time plus the hours is 14.30, the law's deadline is 13.30."""
    aware_at = datetime.fromisoformat("2026-10-23T14:30+02:00").astimezone(COPENHAGEN)
    assert strict(aware_at, gdpr) == aware_at + gdpr.deadline - timedelta(hours=1)


def test_the_hour_rule_leaves_out_a_whole_hour_on_the_stroke(gdpr: Policy) -> None:
    """An event at 10.00.00 happens in the hour from 10 to 11, which is not counted (Art. 3(1))."""
    counted = readings(datetime.fromisoformat("2026-11-16T10:00+01:00"), gdpr)
    assert counted.hour_rule == datetime.fromisoformat("2026-11-19T11:00+01:00")
    last = readings(datetime.fromisoformat("2026-11-16T10:59:59.999999+01:00"), gdpr)
    assert last.hour_rule == datetime.fromisoformat("2026-11-19T11:00+01:00")


def test_a_day_is_whole_when_counting_begins_at_its_midnight(gdpr: Policy) -> None:
    """Aware on Wednesday 23.30: counting begins at Thursday 00.00, Thursday and Friday are whole working days."""
    counted = readings(datetime.fromisoformat("2026-11-18T23:30+01:00"), gdpr)
    assert counted.extended_full == datetime.fromisoformat("2026-11-22T00:00+01:00")
    assert counted.extended_part == counted.hour_rule == datetime.fromisoformat("2026-11-22T00:00+01:00")


def test_a_part_that_ends_as_the_day_begins_is_no_part(gdpr: Policy) -> None:
    """Aware on Friday 23.30: from Saturday 00.00 to Tuesday 00.00 only Monday is inside, Tuesday completes it."""
    counted = readings(datetime.fromisoformat("2026-11-20T23:30+01:00"), gdpr)
    assert counted.hour_rule == datetime.fromisoformat("2026-11-24T00:00+01:00")
    assert counted.extended_part == datetime.fromisoformat("2026-11-25T00:00+01:00")


def test_a_period_under_two_days_is_never_extended(gdpr: Policy) -> None:
    """Art. 3(5) speaks of periods of two days or more: an early warning of 24 hours ends on a Sunday."""
    counted = readings(
        datetime.fromisoformat("2026-11-21T11:10+01:00"), gdpr.model_copy(update={"deadline": timedelta(hours=24)})
    )
    sunday = datetime.fromisoformat("2026-11-22T12:00+01:00")
    assert (counted.extended_full, counted.extended_part) == (sunday, sunday)


def test_hours_come_from_the_policy(policies: tuple[Policy, ...]) -> None:
    """Under the Commission's draft of 2025 the same Friday ends a day later, on Tuesday 15.45."""
    draft = next(policy for policy in policies if policy.id == "omnibus-com-2025-11")
    counted = readings(datetime.fromisoformat("2026-11-20T15:45+01:00"), draft)
    assert counted.strict == datetime.fromisoformat("2026-11-24T15:45+01:00")
    assert counted.hour_rule == datetime.fromisoformat("2026-11-24T16:00+01:00")


def test_the_strict_deadline_keeps_its_seconds(gdpr: Policy) -> None:
    """The strict reading rounds nothing, to the microsecond."""
    aware_at = datetime(2026, 11, 16, 9, 20, 31, 250_001, tzinfo=UTC)
    assert strict(aware_at, gdpr) == datetime(2026, 11, 19, 9, 20, 31, 250_001, tzinfo=UTC)
