"""The month of NIS 2's final report, counted by hand where the clocks change."""

from datetime import UTC, datetime

import pytest

from tests.simulation.incident_rules import a_month_after


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        (datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 2, 28, 9, tzinfo=UTC)),  # February has no 31st
        (datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 4, 1, 8, tzinfo=UTC)),  # 10:00 both times
        (datetime(2026, 9, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:30 is there twice
        (datetime(2028, 2, 26, 1, 48, 10, tzinfo=UTC), datetime(2028, 3, 26, 0, 48, 10, tzinfo=UTC)),  # 02:48 is not there
    ],
)  # fmt: skip
def test_a_month_ends_at_the_earlier_reading_of_its_time_of_day(filed: datetime, due: datetime) -> None:
    """Seed 30041 filed at 02:48 on 26 February 2028; a month on, the clocks leap from 02:00 to 03:00."""
    assert a_month_after(filed) == due
