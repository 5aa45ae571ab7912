"""Danish public holidays against domain.md §5.3."""

from datetime import date

import pytest

from pipeline.clock.holidays import OfficeClosed, danish_holidays, is_working_day, office_closed

TABLE = {
    2026: "1/1 2/4 3/4 5/4 6/4 14/5 24/5 25/5 25/12 26/12",
    2027: "1/1 25/3 26/3 28/3 29/3 6/5 16/5 17/5 25/12 26/12",
}


@pytest.mark.parametrize("year", TABLE)
def test_the_holidays_of_the_table(year: int) -> None:
    """The library's days are those of the table, no more and no fewer."""
    expected = {date(year, int(month), int(day)) for day, month in (one.split("/") for one in TABLE[year].split())}
    assert set(danish_holidays(year)) == expected


def test_great_prayer_day_ended_with_2023() -> None:
    """Store bededag, the fourth Friday after Easter, was a holiday on 5 May 2023 and is none on 26 April 2024."""
    assert not is_working_day(date(2023, 5, 5))
    assert is_working_day(date(2024, 4, 26))


def test_holidays_have_danish_names() -> None:
    """What is shown to Danish readers is in Danish."""
    assert danish_holidays(2026)[date(2026, 4, 2)] == "Skærtorsdag"


def test_closed_offices_are_working_days_in_law() -> None:
    """5 June, 24 and 31 December and the day after Ascension are working days unless a setting closes the office."""
    days = [date(2026, 6, 5), date(2026, 12, 24), date(2026, 12, 31), date(2026, 5, 15)]
    assert all(is_working_day(day) for day in days)
    assert office_closed(2026, frozenset(OfficeClosed)) == set(days)
    assert not any(is_working_day(day, frozenset(OfficeClosed)) for day in days)
    assert is_working_day(date(2026, 6, 5), frozenset({OfficeClosed.CHRISTMAS_EVE}))


def test_weekends_are_no_working_days() -> None:
    """Friday is, Saturday and Sunday are not, Monday is."""
    assert [is_working_day(date(2026, 11, day)) for day in (20, 21, 22, 23)] == [True, False, False, True]
