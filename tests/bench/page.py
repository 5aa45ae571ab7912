"""Writes the measured parts of docs/benchmarks.md and the rivals of docs/engine.md from the newest results; the prose stays."""

import re
from collections.abc import Sequence

from tests.bench import tables
from tests.bench.environments import ROOT
from tests.bench.results import Result, load

PAGE = ROOT / "docs" / "benchmarks.md"
ENGINE_PAGE = ROOT / "docs" / "engine.md"
IN_A_ROW = 3
TABLES = {"throughput": tables.throughput, "latency": tables.latency}
TARGETS = {"throughput": tables.throughput_targets, "latency": tables.latency_targets}


def section(found: Result) -> str:
    """Returns one part's table with where and how it was measured."""
    machine, versions = found.machine, found.versions
    return (
        f"{TABLES[found.part](found)}\n{found.workload}.\n\n"
        f"Measured {found.at} on {machine['processor']}, {machine['cores']} cores, {machine['memory']}, "
        f"{machine['system']}; load average {found.load}. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + f".\n\n{targets([found])}"
    )


def targets(results: Sequence[Result]) -> str:
    """Returns a table of the targets, one column for each run, oldest first."""
    ordered = sorted(results, key=lambda one: one.at)
    told: dict[str, list[str]] = {}
    for column, one in enumerate(ordered):
        for target, measured, met in TARGETS[one.part](one):
            cells = told.setdefault(target, ["–"] * len(ordered))
            cells[column] = f"{measured}, {'met' if met else '**missed**'}"
    head = "| target | " + " | ".join(one.at for one in ordered) + " |\n|---|" + "---|" * len(ordered) + "\n"
    return head + "\n".join(f"| {target} | {' | '.join(cells)} |" for target, cells in told.items()) + "\n"


def write() -> str:
    """Fills in the page; returns what was done. Raises LookupError when there is nothing to fill in."""
    text, done, newest = PAGE.read_text(), [], dict[str, Result]()
    for part in TABLES:
        found = load(part, IN_A_ROW)
        if not found:
            continue
        newest[part] = found[0]
        text = _replaced(text, part, section(found[0]))
        text = _replaced(text, f"{part} targets", targets(found))
        done.append(f"{part} of {', '.join(one.at for one in found)}")
    if not done:
        raise LookupError("out/bench has no results: run `make bench` first")
    PAGE.write_text(text)
    if len(newest) == len(TABLES):
        beside = tables.beside(newest["throughput"], newest["latency"])
        ENGINE_PAGE.write_text(_replaced(ENGINE_PAGE.read_text(), "rivals", beside))
    return f"{PAGE.relative_to(ROOT)} now shows {'; '.join(done)}"


def _replaced(text: str, name: str, body: str) -> str:
    new, count = re.subn(
        rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", lambda m: f"{m[1]}\n{body}\n{m[2]}", text, flags=re.DOTALL
    )
    if count != 1:
        raise LookupError(f"the page needs the marks of {name!r} exactly once, has them {count} times")
    return new
