"""Remembers what pure functions of frozen facts gave, so that a world does not judge the same facts a hundred times.

Severity reads only the facts that can bear on the risk; a rung that was reached or an act leaves those as they were.
Used under `shorthand()` only: one world in twenty judges everything anew.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from pipeline.cases import risk
from pipeline.severity.assess import assess
from pipeline.severity.combine import Combined, combine
from pipeline.severity.ruleset import RuleSet
from schemas.assessment import Assessment
from schemas.facts import Fact


@contextmanager
def remembering() -> Iterator[None]:
    """Lets assessments and pictures be computed once for each set of facts within the block."""
    assessed: dict[tuple[object, ...], tuple[Assessment, list[Fact]]] = {}
    combined: dict[tuple[int, ...], tuple[Combined, list[Fact]]] = {}

    def judged_once(facts: Sequence[Fact], ruleset: RuleSet, municipality: str) -> Assessment:
        bearing = [fact for fact in facts if fact.kind in risk.BEARING]
        key = (ruleset.hash, municipality, *map(id, bearing))
        if key not in assessed:  # keeping the facts alive keeps their ids theirs
            assessed[key] = assess(facts, ruleset, municipality), bearing
        return assessed[key][0]

    def combined_once(facts: Sequence[Fact]) -> Combined:
        bearing = [fact for fact in facts if fact.kind in risk.BEARING]
        key = tuple(map(id, bearing))
        if key not in combined:
            combined[key] = combine(facts), bearing
        return combined[key][0]

    with (
        patch("pipeline.cases.risk.assess", judged_once),
        patch("pipeline.severity.tasks.combine", combined_once),
    ):
        yield
