"""Times as Danes read them."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock.localtime import deadline_form, duration_form, long_form, period_form, short_form, time_left


def test_the_short_form_is_danish_local_time() -> None:
    """09.20 in UTC on a winter day is 10.20 in Denmark."""
    assert short_form(datetime(2026, 11, 9, 9, 20, tzinfo=UTC)) == "09.11.2026 kl. 10.20"


@pytest.mark.parametrize(
    ("utc", "danish"),
    [
        ((2026, 10, 24, 23, 30), "søndag den 25. oktober 2026 kl. 01.30"),
        ((2026, 10, 25, 0, 30), "søndag den 25. oktober 2026 kl. 02.30 (sommertid)"),
        ((2026, 10, 25, 1, 30), "søndag den 25. oktober 2026 kl. 02.30 (vintertid)"),
        ((2026, 10, 25, 2, 0), "søndag den 25. oktober 2026 kl. 03.00"),
        ((2026, 3, 29, 0, 59), "søndag den 29. marts 2026 kl. 01.59"),
        ((2026, 3, 29, 1, 0), "søndag den 29. marts 2026 kl. 03.00"),
    ],
)
def test_the_doubled_hour_says_which_it_is(utc: tuple[int, int, int, int, int], danish: str) -> None:
    """Only in the hour that comes twice is summer or winter time named; beside it and in March nothing is."""
    assert long_form(datetime(*utc, tzinfo=UTC)) == danish


def test_midnight_names_the_day_it_ends() -> None:
    """A deadline at 00.00 is read as a day late unless the ending day is named."""
    assert (
        deadline_form(datetime.fromisoformat("2026-11-24T00:00+01:00"))
        == "tirsdag den 24. november 2026 kl. 00.00 (når mandag slutter)"
    )
    assert deadline_form(datetime.fromisoformat("2026-11-23T00:00+01:00")).endswith("(når søndag slutter)")
    assert deadline_form(datetime.fromisoformat("2026-11-24T00:01+01:00")).endswith("kl. 00.01")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=47, minutes=12, seconds=59), "47 t 12 min tilbage"),
        (timedelta(hours=2), "2 t tilbage"),
        (timedelta(minutes=59, seconds=59), "59 min tilbage"),
        (timedelta(seconds=59), "under 1 min tilbage"),
        (timedelta(0), "under 1 min tilbage"),
        (timedelta(seconds=-1), "fristen er overskredet med under 1 min"),
        (-timedelta(hours=3, minutes=5), "fristen er overskredet med 3 t 5 min"),
        (-timedelta(hours=49), "fristen er overskredet med 49 t"),
    ],
)
def test_what_is_left_is_never_shown_as_more(left: timedelta, words: str) -> None:
    """Hours and whole minutes, rounded down while time is left; past the deadline it says so."""
    deadline = datetime(2026, 11, 23, 14, 45, tzinfo=UTC)
    assert time_left(deadline - left, deadline) == words


def test_a_duration_has_no_sign() -> None:
    """A duration is how long, not in which direction."""
    assert duration_form(timedelta(minutes=-75)) == "1 t 15 min"


@pytest.mark.parametrize(("period", "reads"), [("P1M", "1 måned"), ("P2M", "2 måneder"), ("PT24H", "24 t")])
def test_a_period_of_the_law_in_words(period: str, reads: str) -> None:
    """Months are no number of hours."""
    assert period_form(period) == reads
