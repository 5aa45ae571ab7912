"""How long a case is kept, and from when on it can be forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cases.catalogue import Catalogue
from pipeline.cases.keeping import RetentionError, load_keeping
from pipeline.cases.retention import REPLAYABLE_FOR, ended_at, forget_from
from pipeline.kafka.topics import Topics
from tests.cases.scene import DAY, DEPLOY, HOUR, T0, Desk, close, report


def test_replays_are_possible_as_long_as_the_ingress_topics_keep_their_records() -> None:
    """The domain's number is the topics' number: an erased case cannot come back."""
    topics = Topics("brudvagt", 4, 1)
    kept = {spec.name: spec.retention for spec in topics.specs()}
    assert {kept[topics.reports], kept[topics.actions], kept[topics.replays]} == {REPLAYABLE_FOR}


def test_an_open_case_is_never_listed() -> None:
    """However old it is."""
    case = Desk().take(report()).case
    assert ended_at(case) is None
    assert forget_from(case, timedelta(days=30)) is None


def test_the_time_counts_from_the_end_of_the_case() -> None:
    """Closed an hour after the report, kept for a year."""
    case = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r")).case
    assert forget_from(case, timedelta(days=365)) == T0 + HOUR + timedelta(days=365)


def test_a_case_that_can_be_replayed_is_kept_whatever_the_file_says() -> None:
    """A time of one day would erase what a replay brings back."""
    case = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r")).case
    assert forget_from(case, DAY) == T0 + HOUR + timedelta(days=30)


def test_the_release_keeps_five_years_and_a_municipality_may_differ(tmp_path: Path) -> None:
    """Five years hold one leap day or two."""
    assert load_keeping(DEPLOY).time("657") == timedelta(days=1826)
    (tmp_path / "retention.yaml").write_text('keep_closed_days: 1826\nmunicipalities: {"657": 3652}\n')
    assert load_keeping(tmp_path).time("657") == timedelta(days=3652)
    assert load_keeping(tmp_path).time("167") == timedelta(days=1826)


def test_a_settled_case_asks_after_thirty_days_where_the_file_names_no_other_number(tmp_path: Path) -> None:
    """A file of a version before, and a folder without one, ask as the release does."""
    assert load_keeping(DEPLOY).unclosed_every == timedelta(days=30)
    for name in ("policies", "rulesets"):
        (tmp_path / name).symlink_to(DEPLOY / name)
    assert Catalogue.load(tmp_path).unclosed_every == timedelta(days=30)
    (tmp_path / "retention.yaml").write_text("keep_closed_days: 1826\n")
    assert load_keeping(tmp_path).unclosed_every == timedelta(days=30)
    (tmp_path / "retention.yaml").write_text("keep_closed_days: 1826\nremind_unclosed_days: 7\n")
    assert Catalogue.load(tmp_path).unclosed_every == timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep_closed_days: 7\n", "keep_closed_days"),
        ("keep_closed_days: lang tid\n", "keep_closed_days"),
        ('keep_closed_days: 1826\nmunicipalities: {"657": 3}\n', "municipalities.657"),
        ('keep_closed_days: 1826\nmunicipalities: {"Herning": 3652}\n', "municipalities.Herning"),
        ("keep_close_days: 1826\n", "keep_clos"),
        ("keep_closed_days: 1826\nremind_unclosed_days: 0\n", "remind_unclosed_days.* 1 or more"),
        ("- 1826\n", "mapping"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    """The message names the file and the field."""
    (tmp_path / "retention.yaml").write_text(text)
    with pytest.raises(RetentionError, match=said) as refused:
        load_keeping(tmp_path)
    assert "retention.yaml" in str(refused.value)
