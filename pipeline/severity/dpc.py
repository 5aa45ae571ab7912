"""Data processing context (ENISA 2013, annex 1): each category scored on its own, the highest counts."""

from functools import lru_cache

from pipeline.severity.picture import UNKNOWN, Datum, Picture
from pipeline.severity.ruleset import RuleSet

_COLUMN = {"hint": 0, "some": 1, "content": 2, "full": 3, UNKNOWN: 2}


def level(datum: Datum, people: int, ruleset: RuleSet) -> int:
    """Returns 1 to 4 for one category. Unknown detail counts as content; what was public already counts least."""
    if datum.public == "yes":
        return 1
    base = ruleset.dpc[datum.category][_COLUMN[datum.detail]]
    if people > ruleset.volume.over and datum.category in ruleset.simple:
        base += ruleset.volume.simple_by
    return min(base, 4)


def dpc(picture: Picture, ruleset: RuleSet) -> tuple[int, str]:
    """Returns the score and the category that gave it; for data that nobody has named, the rule set's default."""
    return _highest(picture.data, picture.data_known, picture.people > ruleset.volume.over, ruleset)


@lru_cache(maxsize=4096)
def _highest(data: tuple[Datum, ...], known: bool, voluminous: bool, ruleset: RuleSet) -> tuple[int, str]:
    best, category = (0, UNKNOWN) if known else (ruleset.unknown_data.default_dpc, UNKNOWN)
    people = ruleset.volume.over + 1 if voluminous else 0
    telling = 0  # of equal ones the most intrusive in itself is named, not the one that volume lifted
    for datum in data:
        found = level(datum, people, ruleset)
        alone = level(datum, 0, ruleset) * 2 + (datum.category not in ruleset.simple)
        if found > best or (found == best and alone > telling):
            best, category, telling = found, datum.category, alone
    return max(best, 1), category
