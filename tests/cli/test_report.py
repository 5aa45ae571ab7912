"""`brudvagt report`: a file, JSON lines, a list or standard input; each event's outcome, reference and what to mend."""

import json
from pathlib import Path

import pytest

from tests.agents.events import case, report
from tests.cli.terminal import Terminal


def test_a_file_is_one_event_and_its_reference_is_printed(terminal: Terminal, tmp_path: Path) -> None:
    """Accepted, status 0; once more it is a duplicate, which is no error."""
    file = tmp_path / "event.json"
    file.write_bytes(report("cli-file"))
    first, again = terminal("report", str(file)), terminal("report", str(file))
    assert (first.status, first.out) == (0, f"{file}: accepted {case('cli-file')}\n")
    assert (again.status, again.out) == (0, f"{file}: duplicate {case('cli-file')}\n")


def test_json_lines_a_list_and_standard_input_go_in_one_call(terminal: Terminal, tmp_path: Path) -> None:
    """Every event has its own line of output, named by file and number."""
    lines, array = tmp_path / "events.jsonl", tmp_path / "events.json"
    lines.write_bytes(report("cli-line-1") + b"\n\n" + report("cli-line-2") + b"\n")
    array.write_text(json.dumps([json.loads(report("cli-array-1"))]), encoding="utf-8")
    said = terminal("report", str(lines), str(array), "-", stdin=report("cli-stdin"))
    assert said.status == 0
    assert said.out.splitlines() == [
        f"{lines}:1: accepted {case('cli-line-1')}",
        f"{lines}:3: accepted {case('cli-line-2')}",
        f"{array}:1: accepted {case('cli-array-1')}",
        f"-: accepted {case('cli-stdin')}",
    ]


def test_a_rejected_event_says_where_and_how_to_mend_it_and_names_its_case(terminal: Terminal, tmp_path: Path) -> None:
    """Status 1; the code, the path and the remedy, never the value; the sound event beside it is accepted."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(report("cli-bad", {"report_channel": "pigeon-post"}) + b"\n" + report("cli-good"))
    said = terminal("report", str(file))
    assert said.status == 1
    assert f"{file}:1: rejected {case('cli-bad')}" in said.out
    assert " at /data/report_channel: " in said.out
    assert "pigeon-post" not in said.out
    assert f"{file}:2: accepted {case('cli-good')}" in said.out


def test_json_output_is_one_document_with_a_receipt_for_each_event(terminal: Terminal) -> None:
    """Programs read outcome, references and problems."""
    said = terminal("report", "--json", "-", stdin=report("cli-json-1") + b"\n" + b'{"torn": ')
    assert said.status == 1
    sound, torn = said.data
    assert (sound["outcome"], sound["references"]) == ("accepted", [case("cli-json-1")])
    assert torn["outcome"] == "rejected"
    assert torn["problems"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_nothing_readable_is_an_error_in_one_sentence(terminal: Terminal, tmp_path: Path, content: bytes) -> None:
    """An empty file and one that is no text are refused before anything is sent."""
    file = tmp_path / "nothing.json"
    file.write_bytes(content)
    said = terminal("report", str(file))
    assert said.status == 1
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_a_missing_file_is_named(terminal: Terminal) -> None:
    """The sentence says which file."""
    said = terminal("report", "no-such-file.json")
    assert said.status == 1
    assert "no-such-file.json" in said.err
    assert len(said.err.splitlines()) == 1
