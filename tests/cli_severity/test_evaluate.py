"""`brudvagt evaluate` shows labelled cases, weighs its mistakes by harm, and fails when too few are told."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.cli.evaluate import evaluate

HARMLESS = {
    "cause": "internal_accident", "medium": "letter", "data": [{"category": "name", "detail": "content"}],
    "identifiers": ["name"], "subjects": {"count": {"kind": "exact", "number": 1}, "protected_address": "no"},
    "exposure": "known_recipients", "recipient": {"kind": "citizen", "relation": "none"}, "protection": "none",
}  # fmt: skip
GRAVE = HARMLESS | {"data": [{"category": "name"}, {"category": "cpr"}], "identifiers": []}


def _run(directory: Path, *rows: dict[str, object]) -> Result:
    cases = [{"id": f"X{n}", "title": "t", "source": "test", **row} for n, row in enumerate(rows)]
    (directory / "trial.yaml").write_text(yaml.safe_dump(cases))
    return CliRunner().invoke(evaluate, [str(directory)], env={"COLUMNS": "200"})


def _counts(result: Result, question: str) -> list[int]:
    line = next(one for one in result.output.splitlines() if question in one)
    return [int(cell) for cell in line.strip("│ ").split("│")[1:]]


def test_the_shipped_cases_pass_and_are_marked() -> None:
    """EDPB 18 of 18, said to be in-sample; every file has a table; status 0."""
    result = CliRunner().invoke(evaluate, [], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "edpb-01-2021: 18/18 right (in-sample)" in result.output
    for name in ("edpb-annex-b: 10/10", "datatilsynet: 12/12", "messages: 21/22", "unseen-municipal"):
        assert name in result.output
    assert "unseen-second: 22/25 right (out-of-sample; 21/25 at the first run)" in result.output
    assert "(in-sample)" not in result.output.partition("messages")[2]


def test_a_row_shows_expected_got_score_and_rules(tmp_path: Path) -> None:
    """CPR with a name to a stranger: 2 x 1 + 0.25 (ENISA annexes), R2 by Datatilsynet 2021-442-13805."""
    result = _run(tmp_path, {"circumstances": GRAVE, "expect": {"notify": True, "inform": True}})
    assert result.exit_code == 0
    row = next(line for line in result.output.splitlines() if "X0" in line)
    for words in ("Y/Y", "high", "2.25", "R2"):
        assert words in row


@pytest.mark.parametrize(
    ("circumstances", "told", "counts", "verdict"),
    [
        (HARMLESS, True, [0, 1, 0, 5], "TOO LOW"),
        (GRAVE, False, [0, 0, 1, 1], "too high"),
    ],
)
def test_mistakes_are_weighed_by_harm_and_fail(
    tmp_path: Path, circumstances: dict[str, object], told: bool, counts: list[int], verdict: str
) -> None:
    """Right, too low, too high, harm: too low weighs five times as much; either fails without a reason."""
    result = _run(tmp_path, {"circumstances": circumstances, "expect": {"notify": told, "inform": told}})
    assert result.exit_code == 1
    assert verdict in result.output
    assert _counts(result, "tell Datatilsynet") == counts
    assert _counts(result, "tell the persons") == counts


def test_too_high_with_a_reason_for_a_person_passes_but_too_low_never_does(tmp_path: Path) -> None:
    """A reason why a person must decide excuses caution, not silence."""
    high = {"circumstances": GRAVE, "expect": {"notify": False}, "human": "a person must look"}
    low = {"circumstances": HARMLESS, "expect": {"notify": True}, "human": "a person must look"}
    assert _run(tmp_path, high).exit_code == 0
    assert _run(tmp_path, low).exit_code == 1


def test_open_expectations_are_not_counted(tmp_path: Path) -> None:
    """What the source leaves open is neither right nor wrong."""
    result = _run(tmp_path, {"circumstances": GRAVE, "expect": {"notify": True}})
    assert _counts(result, "tell the persons") == [0, 0, 0, 0]


def test_facts_outside_the_contract_get_a_sentence(tmp_path: Path) -> None:
    """The file and the field, without a traceback."""
    result = _run(tmp_path, {"circumstances": {"medium": "pigeon"}, "expect": {}})
    assert result.exit_code == 1
    assert "trial.yaml" in result.output.replace("\n", "")
    assert "medium" in result.output
