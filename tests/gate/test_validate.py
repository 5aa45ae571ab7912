"""`brudvagt validate` tells a vendor what is wrong with an event and how to put it right."""

import json
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli.validate import validate
from tests.gate.events import ACKNOWLEDGE, REFERENCE, event

GOOD = event(id="good")
BAD = event(id="bad", data={"reporter": {"role": "king-0101901234"}})
ACT = event(ACKNOWLEDGE, {"reference": REFERENCE, "by": {"role": "dpo", "local_id": "dpo"}}, id="act")


def test_a_good_file_ends_with_status_0(tmp_path: Path) -> None:
    """A pretty-printed event and an act are fine: one OK line each."""
    files = [tmp_path / "report.json", tmp_path / "act.json"]
    for file, made in zip(files, (GOOD, ACT), strict=True):
        file.write_text(json.dumps(made, indent=2))
    result = CliRunner().invoke(validate, [str(file) for file in files])
    assert result.exit_code == 0
    assert [line.split(": ")[1].split()[0] for line in result.output.splitlines()] == ["OK", "OK"]


def test_json_lines_are_judged_one_by_one(tmp_path: Path) -> None:
    """The bad line is named by its number, with path, code and remedy; its value is not shown; status 1."""
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(made) for made in (GOOD, BAD, ACT)) + "\n")
    result = CliRunner().invoke(validate, [str(file)])
    assert result.exit_code == 1
    assert f"{file}:2: 1 problem(s)" in result.output
    assert "/data/reporter/role: The value is not one of the allowed ones. [schema_violation]" in result.output
    assert "Use one of: 'staff', 'citizen'" in result.output
    assert "king" not in result.output


def test_standard_input_and_json_output() -> None:
    """A list on standard input gives one JSON verdict an item."""
    result = CliRunner().invoke(validate, ["--json", "-"], input=json.dumps([GOOD, BAD]))
    assert result.exit_code == 1
    verdicts = json.loads(result.output)
    assert [(each["event"], each["ok"]) for each in verdicts] == [("-:[0]", True), ("-:[1]", False)]
    assert verdicts[1]["problems"][0]["path"] == "/data/reporter/role"


def test_a_missing_file_is_told_in_words(tmp_path: Path) -> None:
    """A file that is not there is an error with its name, not a traceback."""
    result = CliRunner().invoke(validate, [str(tmp_path / "none.json")])
    assert result.exit_code == 1
    assert "none.json: No such file or directory" in result.output
