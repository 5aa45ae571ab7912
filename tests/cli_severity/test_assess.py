"""`brudvagt assess` gives the advice on event files, for programs and for people, and says in words what is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.assess import assess
from tests.severity.said import ROOT, RULESET

EXAMPLES = ROOT / "schemas" / "examples"
M01 = str(EXAMPLES / "m01-digital-post-decision-to-other-citizen.json")
M03 = str(EXAMPLES / "m03-letter-to-former-address.json")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(assess, arguments)


def test_json_has_what_programs_need() -> None:
    """M01, CPR and income to another citizen: tell both (Datatilsynet 2021-442-13805), by rule R2."""
    result = _run(M01, "--json")
    assert result.exit_code == 0
    got = json.loads(result.output)
    assert {"outcome", "band", "score", "notify_authority", "inform_subjects", "rules", "missing"} <= set(got)
    assert (got["outcome"], got["band"], got["notify_authority"], got["inform_subjects"]) == (
        "high_risk", "high", True, True,
    )  # fmt: skip
    assert "R2" in [rule["rule"] for rule in got["rules"]]
    assert got["ruleset"] == RULESET.name


def test_several_files_are_one_incident() -> None:
    """A harmless letter told together with a grave one is as grave as that."""
    alone, together = _run(M03, "--json"), _run(M03, M01, "--json")
    assert json.loads(alone.output)["inform_subjects"] is False
    assert json.loads(together.output)["inform_subjects"] is True


@pytest.mark.parametrize(("language", "words"), [("da", "Datatilsynet anbefales"), ("en", "notifying Datatilsynet")])
def test_explain_prints_the_registers_paragraph(language: str, words: str) -> None:
    """One paragraph in the language asked for."""
    result = _run(M01, "--explain", language)
    assert words in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_plain_output_says_what_to_do_and_what_to_ask() -> None:
    """People read the outcome, the advice and the rules."""
    output = _run(M01).output
    for words in ("Outcome:  high_risk (high)", "Notify Datatilsynet: yes", "Tell the persons:    yes", "R2"):
        assert words in output


def test_the_rule_set_can_be_named_or_be_a_file(tmp_path: Path) -> None:
    """By version, by id, and one that is not installed; a stricter file gives a stricter answer."""
    for name in (RULESET.name, RULESET.id):
        assert json.loads(_run(M03, "--json", "--ruleset", name).output)["ruleset"] == RULESET.name
    text = (ROOT / "deploy" / "rulesets" / f"{RULESET.name}.yaml").read_text()
    stricter = tmp_path / "trial.yaml"
    stricter.write_text(text.replace("version: 1", "version: 9").replace("{medium: 2.0,", "{medium: 0.5,"))
    got = json.loads(_run(M03, "--json", "--ruleset", str(stricter)).output)
    assert (got["ruleset"], got["band"]) == (f"{RULESET.id}.v9", "medium")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1]", "holds no event"),
        (b'{"type": "dk.brudvagt.nothing", "data": {}}', "no event of this contract"),
    ],
)
def test_a_bad_file_gets_a_sentence_that_names_it(tmp_path: Path, content: bytes, words: str) -> None:
    """No traceback; the file and what is wrong with it."""
    path = tmp_path / "event.json"
    path.write_bytes(content)
    result = _run(str(path))
    assert result.exit_code == 1
    assert str(path) in result.output.replace("\n", "")
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_wrong_rule_set_gets_a_sentence(tmp_path: Path) -> None:
    """An unknown name lists those that there are; a broken or missing file is named."""
    assert RULESET.name in _run(M01, "--ruleset", "nonsense").output
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: 7")
    for path in (broken, tmp_path / "absent.yaml"):
        result = _run(M01, "--ruleset", str(path))
        assert result.exit_code == 1
        assert path.name in result.output
