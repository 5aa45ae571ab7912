"""The alert rules: well formed, each fires when it should and not otherwise, each has its runbook and its own test."""

import re
from pathlib import Path

import pytest

from pipeline.cli.__main__ import COMMANDS
from pipeline.measure import Kind
from pipeline.metrics_page import definitions
from system_tests.rules import FILES, HOUSE, SWITCH, TESTS, Rule, cases, fires_in, rules, silent_in, tool

SECTIONS = ("## Hvad det betyder for loven", "## Se efter", "## Gør", "## Gør ikke")
RUNBOOKS = sorted(path for path in (HOUSE / "docs" / "runbooks").glob("*.md") if path.name != "README.md")
ALL = pytest.mark.parametrize("rule", rules(), ids=str)
ABOUT = {"case": {"critical", "warning"}, "platform": {"critical", "warning"}, "switch": {"none"}}


def test_prometheus_accepts_the_rules() -> None:
    """Syntax of expressions and templates."""
    done = tool("promtool", "check", "rules", *FILES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.stem)
def test_the_rules_fire_when_they_should(file: Path) -> None:
    """Firing, not firing, and clear afterwards; the cases are in the file."""
    done = tool("promtool", "test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@ALL
def test_every_rule_is_seen_firing(rule: Rule) -> None:
    """A rule that no test expects to fire may be one that never can."""
    assert any(fires_in(case, rule) for case in cases())


@ALL
def test_every_rule_is_seen_not_firing_with_data(rule: Rule) -> None:
    """A rule that is silent only where there is nothing to measure may be one that always fires, as the switch must."""
    assert rule.alert == SWITCH or any(silent_in(case, rule) for case in cases())


@ALL
def test_every_rule_asks_for_metrics_that_there_are(rule: Rule) -> None:
    """A metric that was renamed would leave an alert silent for ever."""
    known = {"up", "process_start_time_seconds"}
    for one in definitions():
        known |= (
            {f"{one.name}_{end}" for end in ("bucket", "sum", "count")} if one.kind is Kind.HISTOGRAM else {one.name}
        )
    assert rule.metrics <= known
    assert rule.metrics or rule.alert == SWITCH


@ALL
def test_every_rule_says_what_it_is(rule: Rule) -> None:
    """Severity, what it is about, summary and description in Danish, and a runbook that is there, whole."""
    assert rule.labels["severity"] in ABOUT[rule.labels["about"]]
    assert rule.annotations["summary"]
    assert rule.annotations["description"]
    text = (HOUSE / rule.annotations["runbook_url"]).read_text()
    assert f"Alarm: `{rule.alert}`." in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)


def test_every_runbook_has_its_rule() -> None:
    """No runbook is left over, none is shared, and the list of them is whole."""
    linked = [rule.annotations["runbook_url"] for rule in rules()]
    assert sorted(linked) == [path.relative_to(HOUSE).as_posix() for path in RUNBOOKS]
    listed = (HOUSE / "docs" / "runbooks" / "README.md").read_text()
    for rule in rules():
        assert f"({Path(rule.annotations['runbook_url']).name}): `{rule.alert}`" in listed


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_runbooks_name_commands_and_metrics_that_there_are(path: Path) -> None:
    """At three in the night nobody wants to find out that a command was renamed."""
    text = path.read_text()
    assert set(re.findall(r"`brudvagt ([a-z]+)", text)) <= set(COMMANDS)
    assert set(re.findall(r"`(brudvagt_\w+)", text)) <= {one.name for one in definitions()}


def test_alerts_name_no_person_and_no_case() -> None:
    """Labels are few and closed: no reference, no address, no text."""
    known = re.compile(r"\$labels\.(\w+)")
    used = {label for rule in rules() for text in rule.annotations.values() for label in known.findall(text)}
    assert used <= {
        "municipality",
        "channel",
        "worker",
        "instance",
        "stage",
        "partition",
        "error_code",
        "code",
        "broker",
        "topic",
    }
