"""`brudvagt deadline` shows every reading of a deadline."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.deadline import deadline


def run(*arguments: str) -> Result:
    """Returns what the command does with these arguments."""
    return CliRunner().invoke(deadline, list(arguments))


def test_the_readings_in_danish() -> None:
    """Vector 3: Friday afternoon, with the midnight of the extended reading named by the day it ends."""
    result = run("2026-11-20T15:45:00+01:00")
    assert result.exit_code == 0
    assert "Kendskab:  fredag den 20. november 2026 kl. 15.45" in result.stdout
    assert "mandag den 23. november 2026 kl. 15.45" in result.stdout
    assert "mandag den 23. november 2026 kl. 16.00" in result.stdout
    assert "onsdag den 25. november 2026 kl. 00.00 (når tirsdag slutter)" in result.stdout
    assert "72 timer" in result.stdout
    assert result.stderr == ""


def test_json_has_the_four_readings_with_danish_offset() -> None:
    """Vector 5, over the change to summer time: +02:00 on every reading."""
    result = run("2026-03-27T14:30:00+01:00", "--json")
    assert json.loads(result.stdout) == {
        "strict": "2026-03-30T15:30:00+02:00",
        "hour_rule": "2026-03-30T16:00:00+02:00",
        "extended_full": "2026-04-01T00:00:00+02:00",
        "extended_part": "2026-03-30T16:00:00+02:00",
    }


def test_a_time_without_offset_is_danish_and_flagged() -> None:
    """The doubled hour takes its first reading; the note goes to standard error, so that JSON stays JSON."""
    result = run("2026-10-25T02:30", "--json")
    assert json.loads(result.stdout)["strict"] == "2026-10-28T01:30:00+01:00"
    assert "2026-10-25T02:30:00+02:00" in result.stderr
    assert "came twice" in result.stderr


def test_an_hour_that_comes_once_is_not_called_doubled() -> None:
    """Neither the hour before it nor the day after."""
    for time in ("2026-10-25T01:59", "2026-10-25T03:00", "2026-10-26T02:30"):
        assert "came twice" not in run(time).stderr


def test_the_stages_of_nis_2_each_have_their_time() -> None:
    """Art. 23(4): a warning within 24 hours, the notification within 72, the final report a month after that."""
    text = run("2026-10-24T14:30:00+02:00", "--policy", "nis2-dk").stdout
    assert "Tidlig varsling                 søndag den 25. oktober 2026 kl. 13.30" in text
    assert "Underretning                    tirsdag den 27. oktober 2026 kl. 13.30" in text
    assert "Endelig rapport                 1 måned efter underretning" in text
    assert "Alarmer følger det trin, der mangler først." in text
    told = json.loads(run("2026-10-24T14:30:00+02:00", "--policy", "nis2-dk", "--json").stdout)
    assert told["steps"] == {
        "early_warning": "2026-10-25T13:30:00+01:00",
        "notification": "2026-10-27T13:30:00+01:00",
    }


def test_a_draft_can_be_looked_at_and_says_so() -> None:
    """The Commission's 96 hours, with a note that no case stands under them."""
    result = run("2026-11-20T15:45:00+01:00", "--policy", "omnibus-com-2025-11", "--json")
    assert json.loads(result.stdout)["strict"] == "2026-11-24T15:45:00+01:00"
    assert "applies to no case" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("2026-03-29T02:30",), "does not exist in Europe/Copenhagen"),
        (("tomorrow",), "ISO 8601"),
        (("2026-11-20",), "time of day"),
        (("20261120T1545",), "write it as 2026-11-20T15:45"),
        (("2018-05-24T23:59:59+02:00",), "no policy in force"),
        (("2016-11-20T15:45+01:00",), "is the year right? the law begins on 2018-05-25"),
        (("2026-11-20T15:45+01:00", "--policy", "gdpr34"), "gdpr33-dk.v1"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(arguments: tuple[str, ...], says: str) -> None:
    """A skipped hour, no time, a bare date, a time before the law, an unknown policy."""
    result = run(*arguments)
    assert result.exit_code != 0
    assert says in result.stderr
    assert result.stdout == ""


def test_broken_policies_are_named(tmp_path: Path) -> None:
    """A folder with a broken file ends the command with the loader's sentence."""
    (tmp_path / "x.v1.yaml").write_text("id: x\n")
    result = run("2026-11-20T15:45+01:00", "--policies", str(tmp_path))
    assert result.exit_code != 0
    assert "x.v1.yaml: deadline" in result.stderr
