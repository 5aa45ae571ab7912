"""The alert rules as data, and Prometheus' own tools to try them with."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

HOUSE = Path(__file__).resolve().parents[1]
RULES = HOUSE / "deploy" / "prometheus" / "rules"
FILES = sorted(RULES.glob("*.yaml"))
TESTS = sorted((RULES / "tests").glob("*.yaml"))
SWITCH = "BrudvagtDeadMansSwitch"
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule."""

    alert: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def __str__(self) -> str:
        return self.alert

    @property
    def metrics(self) -> set[str]:
        """The metrics that its expression asks for."""
        return set(re.findall(r"\b(?:brudvagt_\w+|process_start_time_seconds|up(?=\{))", self.expr))

    def asked_by(self, selector: str) -> bool:
        """Whether a selector of ALERTS would show this rule firing. Labels that series bring count as met if the
        selector names the alert."""
        known = {**self.labels, "alertname": self.alert, "alertstate": "firing"}
        matchers = _MATCHER.findall(selector)
        named = any(name == "alertname" for name, _, _ in matchers)
        return all(_holds(known[name], how, value) if name in known else named for name, how, value in matchers)


def rules() -> list[Rule]:
    """Returns every alert rule."""
    groups = [group for file in FILES for group in yaml.safe_load(file.read_text())["groups"]]
    return [
        Rule(str(rule["alert"]), str(rule["expr"]), rule["labels"], rule["annotations"])
        for group in groups
        for rule in group["rules"]
    ]


def cases() -> Iterator[Mapping[str, object]]:
    """Yields every test of promtool."""
    for file in TESTS:
        yield from yaml.safe_load(file.read_text())["tests"]


def series(case: Mapping[str, object]) -> set[str]:
    """Returns the names of the metrics that a test has data for."""
    given = cast("list[Mapping[str, str]]", case.get("input_series", []))
    return {one["series"].split("{")[0] for one in given}


def fires_in(case: Mapping[str, object], rule: Rule) -> bool:
    """Whether a test expects the rule to fire at some time."""
    asked = cast("list[Mapping[str, object]]", case.get("alert_rule_test", []))
    if any(one["alertname"] == rule.alert and one["exp_alerts"] for one in asked):
        return True
    firing = f'alertname="{rule.alert}",alertstate="firing"'
    return any(firing in str(sample["labels"]) for _, samples in _questions(case) for sample in samples)


def silent_in(case: Mapping[str, object], rule: Rule) -> bool:
    """Whether a test asks for the rule at some time, with data for it, and expects it not to fire."""
    if not rule.metrics <= series(case):
        return False
    asked = cast("list[Mapping[str, object]]", case.get("alert_rule_test", []))
    if any(one["alertname"] == rule.alert and not one["exp_alerts"] for one in asked):
        return True
    named = f'alertname="{rule.alert}"'
    return any(
        rule.asked_by(selector) and not any(named in str(sample["labels"]) for sample in samples)
        for selector, samples in _questions(case)
    )


def tool(name: str, *arguments: str | Path, cwd: Path = RULES) -> subprocess.CompletedProcess[str]:
    """Runs promtool or amtool; fails where there is none."""
    command = shutil.which(name)
    assert command is not None, "install them (Debian: apt-get install prometheus prometheus-alertmanager)"
    return subprocess.run(
        [command, *map(str, arguments)], capture_output=True, text=True, timeout=180, check=False, cwd=cwd
    )


def _questions(case: Mapping[str, object]) -> list[tuple[str, list[Mapping[str, object]]]]:
    asked = cast("list[Mapping[str, object]]", case.get("promql_expr_test", []))
    return [(str(one["expr"]), cast("list[Mapping[str, object]]", one["exp_samples"])) for one in asked]


def _holds(known: str, how: str, value: str) -> bool:
    found = re.fullmatch(value, known) is not None if "~" in how else known == value
    return found is (how[0] == "=")
