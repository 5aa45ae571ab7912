"""The commands `plan` and `route` on a terminal and as JSON."""

import json
from pathlib import Path

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
