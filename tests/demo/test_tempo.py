"""The story's tempo follows the machine, as far as that helps."""

import pytest

from pipeline.demo.tempo import speed


@pytest.mark.parametrize(
    ("start_s", "story_s"),
    [(5.0, 100), (12.0, 100), (24.0, 200), (60.0, 500), (600.0, 500)],
)
def test_seventy_two_hours_take_longer_where_the_start_took_longer(start_s: float, story_s: float) -> None:
    """100 s where Kafka starts in 12 s or less; in proportion above, five times as long at most."""
    assert speed(start_s) == pytest.approx(72 * 3600 / story_s)
