"""The alert rules: well formed, each fires when it should and not otherwise, each has its runbook and its own test."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

HOUSE = Path(__file__).resolve().parents[1]
RULES = HOUSE / "deploy" / "prometheus" / "rules"
FILES = sorted(RULES.glob("*.yaml"))
TESTS = sorted((RULES / "tests").glob("*.yaml"))
SECTIONS = ("## Hvad det betyder for loven", "## Se efter", "## Gør", "## Gør ikke")


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs promtool; fails where there is none."""
    command = shutil.which("promtool")
    assert command is not None, "install Prometheus (Debian: apt-get install prometheus)"
    return subprocess.run(
        [command, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, cwd=RULES
    )


def rules() -> list[dict[str, object]]:
    """Returns every alert rule."""
    return [rule for file in FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


RULE_NAMES = [str(rule["alert"]) for rule in rules()]


def annotations(rule: dict[str, object]) -> dict[str, str]:
    """Returns a rule's annotations."""
    found = rule["annotations"]
    assert isinstance(found, dict)
    return found


def test_prometheus_accepts_the_rules() -> None:
    """Syntax of expressions and templates."""
    done = promtool("check", "rules", *FILES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.stem)
def test_the_rules_fire_when_they_should(file: Path) -> None:
    """Firing, not firing, and clear afterwards; the cases are in the file."""
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RULE_NAMES)
def test_every_rule_is_seen_firing(name: str) -> None:
    """A rule that no test expects to fire may be one that never can."""
    firing = re.compile(
        rf"alertname=\"{name}\",alertstate=\"firing\",severity|alertname: {name}\b(?!.*exp_alerts: \[\])"
    )
    assert any(firing.search(file.read_text()) for file in TESTS)


@pytest.mark.parametrize("rule", rules(), ids=RULE_NAMES)
def test_every_rule_says_what_it_is(rule: dict[str, object]) -> None:
    """Severity, what it is about, summary and description in Danish, and a runbook that is there, whole."""
    labels, said = rule["labels"], annotations(rule)
    assert isinstance(labels, dict)
    assert labels["severity"] in ("critical", "warning")
    assert labels["about"] in ("case", "platform")
    assert said["summary"]
    assert said["description"]
    text = (HOUSE / said["runbook_url"]).read_text()
    assert f"`{rule['alert']}`" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)


def test_every_runbook_has_its_rule() -> None:
    """No runbook is left over."""
    linked = {annotations(rule)["runbook_url"] for rule in rules()}
    there = {path.relative_to(HOUSE).as_posix() for path in (HOUSE / "docs" / "runbooks").glob("*.md")}
    assert there - {"docs/runbooks/README.md"} == linked


def test_alerts_name_no_person_and_no_case() -> None:
    """Labels are few and closed: no reference, no address, no text."""
    known = re.compile(r"\$labels\.(\w+)")
    used = {label for rule in rules() for text in annotations(rule).values() for label in known.findall(text)}
    assert used <= {"municipality", "channel", "worker", "instance", "stage", "partition", "kind", "error_code", "code"}
