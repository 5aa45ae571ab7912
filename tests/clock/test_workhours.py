"""Opening hours: open or not, when next, and adding working time."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock.holidays import OfficeClosed
from pipeline.clock.workhours import Hours, add_working_time, is_open, next_opening
from tests.clock.telling import local

DAY = (time(8), time(16))
OFFICE = Hours(week=(DAY, DAY, DAY, (time(8), time(18)), (time(8), time(14)), None, None))
NIGHT = Hours(week=((time(22), time(0)), *(None,) * 6))


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-11-16 07:59", False),
        ("2026-11-16 08:00", True),
        ("2026-11-16 15:59", True),
        ("2026-11-16 16:00", False),
        ("2026-11-19 17:00", True),
        ("2026-11-21 10:00", False),
        ("2026-04-02 10:00", False),
        ("2026-12-24 10:00", True),
    ],
)
def test_open_from_opening_to_before_closing(at: str, opened: bool) -> None:
    """Opening counts, closing does not; weekends and public holidays are closed, Christmas Eve is a setting."""
    assert is_open(local(at), OFFICE) is opened


def test_closing_days_of_the_office() -> None:
    """Christmas Eve as a setting, and single dates."""
    closed = Hours(OFFICE.week, frozenset({OfficeClosed.CHRISTMAS_EVE}), frozenset({date(2026, 11, 16)}))
    assert not is_open(local("2026-12-24 10:00"), closed)
    assert not is_open(local("2026-11-16 10:00"), closed)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-16 10:00", "2026-11-16 10:00"),
        ("2026-11-16 03:00", "2026-11-16 08:00"),
        ("2026-11-20 14:00", "2026-11-23 08:00"),
        ("2026-04-01 16:00", "2026-04-07 08:00"),
        ("2026-12-30 17:00", "2026-12-31 08:00"),
        ("2026-12-31 18:00", "2027-01-04 08:00"),
    ],
)
def test_the_next_opening(at: str, opens: str) -> None:
    """Now if open; else the next morning, over the weekend, over Easter, over New Year."""
    assert next_opening(local(at), OFFICE) == local(opens)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-16 10:00", 2, "2026-11-16 12:00"),
        ("2026-11-16 14:00", 2, "2026-11-16 16:00"),
        ("2026-11-16 15:00", 2, "2026-11-17 09:00"),
        ("2026-11-20 13:00", 2, "2026-11-23 09:00"),
        ("2026-11-21 12:00", 2, "2026-11-23 10:00"),
        ("2026-04-01 15:00", 2, "2026-04-07 09:00"),
        ("2026-11-16 10:00", 0, "2026-11-16 10:00"),
        ("2026-11-16 08:00", 17, "2026-11-18 09:00"),
    ],
)
def test_adding_working_time(start: str, hours: int, end: str) -> None:
    """Only open time counts; what ends exactly at closing ends then, not next morning."""
    assert add_working_time(local(start), timedelta(hours=hours), OFFICE) == local(end)


def test_closing_at_midnight_is_the_days_end() -> None:
    """An opening until 00.00 lasts to midnight; two hours from there on continue next week."""
    assert is_open(local("2026-11-16 23:59"), NIGHT)
    assert not is_open(local("2026-11-17 00:00"), NIGHT)
    assert add_working_time(local("2026-11-16 23:00"), timedelta(hours=2), NIGHT) == local("2026-11-23 23:00")


def test_working_time_over_a_change_of_clocks_is_elapsed() -> None:
    """Open all Sunday: from 00.00 on 25 October 2026 six elapsed hours end at 05.00, for 02-03 comes twice."""
    round_the_clock = Hours(week=((time(0), time(0)),) * 7)
    assert add_working_time(local("2026-10-25 00:00"), timedelta(hours=6), round_the_clock) == local("2026-10-25 05:00")
    assert add_working_time(local("2026-03-29 00:00"), timedelta(hours=6), round_the_clock) == local("2026-03-29 07:00")


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ((None,) * 7, "never opens"),
        ((DAY,) * 5, "give seven"),
        (((time(16), time(8)), *(None,) * 6), "closing must come later"),
    ],
)
def test_hours_that_cannot_be_are_refused(week: tuple[tuple[time, time] | None, ...], says: str) -> None:
    """No opening at all, a short week, closing before opening: each refused in words."""
    with pytest.raises(ValueError, match=says):
        Hours(week=week)


def test_an_office_closed_for_a_year_is_an_error() -> None:
    """A search that finds no opening within a year says so instead of running on."""
    shut = Hours((DAY, *(None,) * 6), closed_dates=frozenset(date(2026, 1, 5) + timedelta(weeks=w) for w in range(120)))
    with pytest.raises(ValueError, match="within a year"):
        next_opening(local("2026-02-01 10:00"), shut)


def test_time_cannot_be_taken_away() -> None:
    """A negative length is an error."""
    with pytest.raises(ValueError, match="only be added"):
        add_working_time(local("2026-11-16 10:00"), timedelta(hours=-1), OFFICE)


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=3 * 365)).map(lambda after: local("2025-01-01 00:00") + after)
LENGTHS = st.timedeltas(timedelta(0), timedelta(hours=40))


@given(start=MOMENTS, first=LENGTHS, second=LENGTHS)
def test_adding_in_two_parts_is_adding_at_once(start: datetime, first: timedelta, second: timedelta) -> None:
    """Working time adds up, never ends before as much time has elapsed, and ends in open hours or at closing."""
    at_once = add_working_time(start, first + second, OFFICE)
    assert add_working_time(add_working_time(start, first, OFFICE), second, OFFICE) == at_once
    assert at_once >= start + first + second
    if first + second:
        assert is_open(at_once - timedelta(microseconds=1), OFFICE)
