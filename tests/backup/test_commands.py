"""`brudvagt export --verify` and `brudvagt import` say in one sentence what is wrong with a file."""

from pathlib import Path

import pytest

from pipeline.backup.content import Header, Row
from pipeline.backup.file import written
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """A terminal at an installation whose Kafka nobody needs here."""
    return Terminal({"BRUDVAGT_KAFKA_URL": "kafka://127.0.0.1:1"}, monkeypatch, capsysbinary)


def test_a_whole_file_is_called_whole_and_a_torn_one_torn(terminal: Terminal, tmp_path: Path) -> None:
    """Status 0 with counts, status 1 with one sentence; an import refuses the torn one before it asks any broker."""
    file = tmp_path / "case-log"
    with written(file, Header("brudvagt", 4, "2026-11-25T02:00:00+00:00", "1.0"), replace=False) as writer:
        writer.add(Row("cases", 0, b"657", b"{}"))
    said = terminal("export", "--verify", str(file))
    assert (said.status, "whole" in said.out, "1 cases" in said.out) == (0, True, True)
    file.write_bytes(file.read_bytes()[:-20])
    for command in (("export", "--verify"), ("import",)):
        said = terminal(*command, str(file))
        assert (said.status, said.out, len(said.err.splitlines())) == (1, "", 1)
        assert "torn" in said.err


def test_an_export_replaces_nothing_unless_told(terminal: Terminal, tmp_path: Path) -> None:
    """It says so before it asks any broker, and the file stays."""
    file = tmp_path / "case-log"
    file.write_text("another")
    said = terminal("export", str(file))
    assert (said.status, "--force" in said.err, file.read_text()) == (1, True, "another")
