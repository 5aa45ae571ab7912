"""The commands `plan` and `route` on a terminal and as JSON."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline.cli.plan import plan
from pipeline.cli.route import route

EXAMPLE = Path(__file__).resolve().parents[2] / "schemas" / "examples" / "m39-lost-letter.json"
AT = "2026-11-19T10:20:05"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_plan_prints_a_danish_timeline_and_writes_a_drawing(tmp_path: Path) -> None:
    """72 hours after the employee's discovery at 9.45, in words; the drawing lies where it was asked for."""
    drawing = tmp_path / "plan.svg"
    result = CliRunner().invoke(plan, [str(EXAMPLE), "--at", AT, "--svg", str(drawing), "--until", "4d"])
    assert result.exit_code == 0, result.output
    assert "Frist: søndag den 22. november 2026 kl. 09.45" in result.output
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("command", [plan, route])
def test_an_old_report_that_is_received_now_is_said_to_be_old(command: click.Command, tmp_path: Path) -> None:
    """The examples are of November 2026: taken as received now they are overdue, and the note says how to see them in time."""
    old = CliRunner().invoke(command, [str(EXAMPLE), "--json"])
    assert "to receive it then: --at 2026-11-19T09:45" in old.stderr
    assert old.exit_code == 0
    assert "note:" not in CliRunner().invoke(command, [str(EXAMPLE), "--json", "--at", AT]).stderr
    fresh = tmp_path / "fresh.json"
    event = json.loads(EXAMPLE.read_text())
    del event["data"]["discovered_at"], event["recordedtime"]
    fresh.write_text(json.dumps(event))
    assert "note:" not in CliRunner().invoke(command, [str(fresh), "--json"]).stderr


def test_plan_with_a_script_of_acts_stops_the_clock(tmp_path: Path) -> None:
    """The DPO acknowledges, the controller decides and files after 20 hours: 52 are left, and no later rung is shown."""
    script = tmp_path / "acts.jsonl"
    acts = (
        {"after": "PT3H", "act": "acknowledge", "by": "dpo:dpo"},
        {"after": "PT5H", "act": "decide", "by": "decision_maker:direktion", "notify_authority": "yes"},
        {"after": "PT20H", "act": "submit", "by": "decision_maker:direktion", "complete": "yes"},
    )
    script.write_text("".join(json.dumps(one) + "\n" for one in acts))
    event = json.loads(EXAMPLE.read_text()) | {"municipality": "657"}
    told = tmp_path / "report.json"
    told.write_text(json.dumps(event))
    result = CliRunner().invoke(plan, [str(told), "--at", AT, "--acts", str(script), "--json", "--until", "4d"])
    assert result.exit_code == 0, result.output
    happenings = json.loads(result.output)["happenings"]
    (stopped,) = (one for one in happenings if one["what"] == "ClockStopped")
    later = [one["rung"] for one in happenings if one["what"] == "RungReached" and one["at"] > stopped["at"]]
    assert stopped["by"] == "notification.submitted"
    assert not {"plus_24h", "plus_48h", "minus_12h", "deadline", "overdue"} & set(later)


def test_plan_as_json_lists_what_happens_in_order() -> None:
    """Programs get every happening with its time."""
    result = CliRunner().invoke(plan, [str(EXAMPLE), "--at", AT, "--json", "--until", "24h"])
    found = json.loads(result.output)
    times = [one["at"] for one in found["happenings"]]
    assert times == sorted(times)
    assert {"Told", "ClockSet", "RungReached", "Alerted"} <= {one["what"] for one in found["happenings"]}


RANSOMWARE = EXAMPLE.with_name("m29-ransomware-restored.json")
"""An incident under NIS 2 too: found at 9.45, so its warning is due a day later and the notification after three."""


def test_plan_tells_the_two_laws_deadlines_apart(tmp_path: Path) -> None:
    """Neither stands for the other, in the head, in the lines and in the drawing."""
    drawing = tmp_path / "plan.svg"
    result = CliRunner().invoke(plan, [str(RANSOMWARE), "--at", AT, "--svg", str(drawing), "--until", "25h"])
    assert result.exit_code == 0, result.output
    head = result.output.splitlines()[1:3]
    breach, incident = "søndag den 22. november 2026 kl. 09.45", "fredag den 20. november 2026 kl. 09.45"
    assert head == [f"Frist: {breach}", f"Frist efter NIS 2-loven: {incident}"]
    assert f"Fristen er {breach}" in result.output
    assert f"Fristen efter NIS 2-loven er {incident}" in result.output
    assert "Trin efter NIS 2-loven: 12 timer før fristen" in result.output
    assert f"Frist: {breach} · Frist efter NIS 2-loven: {incident}" in drawing.read_text(encoding="utf-8")


def test_route_tells_the_two_laws_deadlines_apart() -> None:
    """Both are named, each with its law."""
    said = CliRunner().invoke(route, [str(RANSOMWARE), "--at", AT]).output
    assert "Fristen er søndag den 22. november 2026 kl. 09.45" in said
    assert "Fristen efter NIS 2-loven er fredag den 20. november 2026 kl. 09.45" in said


def test_the_rungs_of_an_old_claim_stand_in_their_order(tmp_path: Path) -> None:
    """Told a week late, all are reached at once: the first first, overdue last; the drawing keeps to its paper."""
    drawing = tmp_path / "plan.svg"
    late = [str(EXAMPLE), "--at", "2026-11-26T10:20", "--until", "2h", "--svg", str(drawing)]
    rungs = [line.split("Trin: ")[1] for line in CliRunner().invoke(plan, late).output.splitlines() if "Trin: " in line]
    assert rungs[:4] == [
        "sagen er åbnet",
        "24 timer efter kendskabet",
        "48 timer efter kendskabet",
        "12 timer før fristen",
    ]
    assert rungs[7] == "fristen er overskredet"
    assert 'd="M-' not in drawing.read_text(encoding="utf-8")


def test_an_act_on_a_case_that_nobody_reported_is_told_in_danish() -> None:
    """Somebody gave the wrong file: no word of the contract stands in the sentence."""
    act = EXAMPLE.with_name("act-acknowledge.json")
    said = CliRunner().invoke(plan, [str(act), "--at", AT, "--until", "1h"]).output
    assert "Sagen er ukendt: ingen har indberettet den endnu" in said
    assert "awaited" not in said


def test_what_was_refused_says_at_which_field(tmp_path: Path) -> None:
    """A mistyped word in the script: field, reason, code."""
    script = tmp_path / "acts.jsonl"
    script.write_text('{"after": "PT1H", "act": "submit", "by": "decision_maker:direktion", "complete": "perhaps"}')
    result = CliRunner().invoke(plan, [str(EXAMPLE), "--at", AT, "--acts", str(script), "--until", "2h"])
    assert "Afvist: /data/complete: " in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--svg", "nowhere/plan.svg", "--until", "1h"), "in a folder that is there"),
        (("--until", "99999999999d"), "366d"),
    ],
)
def test_what_cannot_be_written_or_looked_at_is_refused_in_words(arguments: tuple[str, ...], says: str) -> None:
    """A folder that is not there, a length beyond all calendars: one sentence, no traceback."""
    result = CliRunner().invoke(plan, [str(EXAMPLE), "--at", AT, *arguments])
    assert result.exit_code == 2
    assert says in result.output


def test_plan_refuses_a_length_that_is_none() -> None:
    """A length without a unit is wrong usage, in words."""
    result = CliRunner().invoke(plan, [str(EXAMPLE), "--until", "96"])
    assert result.exit_code == 2
    assert "100h or 5d" in result.output


def test_route_says_whom_and_why() -> None:
    """Each person stands with address, time and the rules that decided."""
    result = CliRunner().invoke(route, [str(EXAMPLE), "--at", AT])
    assert result.exit_code == 0, result.output
    assert "databeskyttelsesrådgiver" in result.output
    assert "niveau:" in result.output
    found = json.loads(CliRunner().invoke(route, [str(EXAMPLE), "--at", AT, "--json"]).output)
    assert all(one["rules"] and one["address"].endswith(".example") for one in found)
