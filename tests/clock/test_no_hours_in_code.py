"""Law is data: the hours of no deadline stand in code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOURS = {72, 96}
FIGURES = HOURS | {hours * 60 for hours in HOURS} | {hours * 3600 for hours in HOURS}
TEXT = re.compile(r"\b(?:PT?)?(?:72|96)[ _-]?(?:h|hours?|t|timer)\b", re.IGNORECASE)
SHAPES = "BUCKETS"  # how a histogram is cut is no deadline: nothing is decided by it


def findings(source: str) -> list[int]:
    """Returns the lines with a figure of hours: a number, or a text that is no docstring, outside histogram buckets."""
    tree = ast.parse(source)
    spared = {id(one) for node in ast.walk(tree) if _spared(node) for one in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in spared:
            continue
        figure = isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value in FIGURES
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
