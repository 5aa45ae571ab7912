"""Law is data: the hours of no deadline stand in code."""

import ast
import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock.durations import parse
from pipeline.clock.policy import Policy

ROOT = Path(__file__).parents[2]
HOURS = {72, 96}
FIGURES = HOURS | {hours * 60 for hours in HOURS} | {hours * 3600 for hours in HOURS}
TEXT = re.compile(r"\b(?:PT?)?(?:72|96)[ _-]?(?:h|hours?|t|timer)\b", re.IGNORECASE)
DECIDING = ("pipeline/clock", "pipeline/cases", "pipeline/routing", "pipeline/foresight", "agents")
"""Where the law's shorter periods, too, may come from the policies alone; elsewhere 24 is a width or a day's hours."""

NO_PERIOD = {
    "pipeline/cases/projection.py": ["AWAITED_FOR = timedelta(hours=24)"],  # an act waits for its report (design §2)
    "pipeline/clock/holidays.py": ["OfficeClosed.CHRISTMAS_EVE: date(year, 12, 24),"],
}
SHAPES = "BUCKETS"  # how a histogram is cut is no deadline: nothing is decided by it


def findings(source: str, figures: Collection[int] = FIGURES) -> list[int]:
    """Returns the lines with a figure of hours: a number, or a text that is no docstring, outside histogram buckets."""
    tree = ast.parse(source)
    spared = {id(one) for node in ast.walk(tree) if _spared(node) for one in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in spared:
            continue
        figure = isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value in figures
        if figure or (isinstance(node.value, str) and TEXT.search(node.value)):
            found.append(node.lineno)
    return found


def _spared(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)  # a docstring
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id.endswith(SHAPES) for target in targets)


@pytest.mark.parametrize("room", ["pipeline", "agents", "schemas"])
def test_no_hour_figure_in_code(room: str) -> None:
    """No 72 or 96, in hours, minutes or seconds, nor as text, in any module."""
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    hits = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in findings(path.read_text())]
    assert hits == []


def stages(policies: Collection[Policy]) -> set[int]:
    """Returns the periods of every policy's stages that are counted in hours, in hours, minutes and seconds."""
    periods = {step.period for policy in policies for step in policy.steps if step.period is not None}
    hours = {parse(one) // timedelta(hours=1) for one in periods if one.startswith("PT")}
    return hours | {one * 60 for one in hours} | {one * 3600 for one in hours}


@pytest.mark.parametrize("room", DECIDING)
def test_no_stage_of_nis_2_in_code_that_decides(room: str, policies: tuple[Policy, ...]) -> None:
    """Neither the 24 hours of the early warning nor the 72 of the notification, in hours, minutes or seconds."""
    figures = stages(policies)
    assert {24, 72, 86_400} <= figures
    hits = []
    for path in sorted((ROOT / room).rglob("*.py")):
        source, name = path.read_text(), str(path.relative_to(ROOT))
        lines = [source.splitlines()[line - 1].strip() for line in findings(source, figures)]
        hits += [f"{name}: {line}" for line in lines if line not in NO_PERIOD.get(name, ())]
    assert hits == []


@pytest.mark.parametrize(
    "source",
    ["x = 72", "x = timedelta(hours=96)", "x = 259200", "x = 72.0", "x = 'PT72H'", "x = 'inden 72 timer'", "f(96)"],
)
def test_the_search_finds_a_figure(source: str) -> None:
    """The search is able to fail."""
    assert findings(source) == [1]


@pytest.mark.parametrize(
    "source", ["x = 720", "LEGAL_BUCKETS = (3600, 259200)", "'''Within 72 hours.'''", "x = 'a72h'"]
)
def test_the_search_leaves_the_rest(source: str) -> None:
    """Other numbers, histogram buckets and docstrings are no deadline."""
    assert findings(source) == []
