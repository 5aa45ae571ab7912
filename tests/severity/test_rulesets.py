"""Rule sets are dated, chosen by the signal, refused when broken, and never changed once released."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.severity.ruleset import NoRuleSet, RuleSetError, choose, load_rulesets
from tests.severity.said import ROOT, RULESET

DIRECTORY = ROOT / "deploy" / "rulesets"
RELEASED = json.loads((Path(__file__).parent / "released.json").read_text())


def test_released_rule_sets_never_change() -> None:
    """Every released file has the bytes it was released with, and every file is released."""
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in DIRECTORY.glob("*.yaml")}
    assert found == RELEASED
    assert RULESET.hash == RELEASED[RULESET.name]


def test_the_rule_set_is_chosen_by_the_signal(tmp_path: Path) -> None:
    """Of two the one that began last before the signal, from the first Danish minute of its day."""
    first = (DIRECTORY / "dk-severity.v1.yaml").read_text()
    (tmp_path / "dk-severity.v1.yaml").write_text(first)
    second = first.replace("version: 1", "version: 2").replace("2018-05-25", "2027-01-01")
    (tmp_path / "dk-severity.v2.yaml").write_text(second)
    rulesets = load_rulesets(tmp_path)
    assert choose(rulesets, datetime(2026, 12, 31, 22, 59, tzinfo=UTC)).version == 1
    assert choose(rulesets, datetime(2026, 12, 31, 23, 0, tzinfo=UTC)).version == 2
    with pytest.raises(NoRuleSet):
        choose(rulesets, datetime(2018, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dpc: 2", "dcp: 2", "default_dcp"),
        ("  health:             [1, 3, 4, 4]\n", "", "health"),
        ("version: 1", "version: 1\nversion: 1", "stands twice"),
        ("floor:very_high", "floor:enormous", "rules.R3.effect"),
    ],
)
def test_a_broken_rule_set_is_refused_by_name_of_the_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A loader that guesses would change every assessment in silence."""
    text = (DIRECTORY / "dk-severity.v1.yaml").read_text()
    assert old in text
    (tmp_path / "dk-severity.v1.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(RuleSetError, match=said):
        load_rulesets(tmp_path)


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    """Without rules nothing can be judged."""
    with pytest.raises(RuleSetError, match="no rule set"):
        load_rulesets(tmp_path)
