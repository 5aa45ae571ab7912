"""Ease of identification (ENISA 2013, annex 2): the identifier that singles a person out most easily counts."""

from functools import lru_cache

from pipeline.severity.picture import UNKNOWN, Datum, Picture
from pipeline.severity.ruleset import RuleSet


def identifiers(data: tuple[Datum, ...], named: frozenset[str]) -> frozenset[str]:
    """Returns the identifiers that were `named` and those that the categories of data amount to."""
    categories = {datum.category for datum in data}
    found = set(named)
    if "cpr" in categories:
        found.add("cpr_and_name" if "name" in categories or not named else "cpr")
    if "name" in categories:
        if "birth_date" in categories:
            found.add("name_and_birth_date")
        if "contact" in categories or "address" in categories:
            found.add("name_and_contact")
        if not named:
            found.add("name")
    return frozenset(found)


def ei(picture: Picture, unreadable: bool, ruleset: RuleSet) -> tuple[float, str]:
    """Returns the weight and the identifier that gave it. Unreadable data identify nobody (ENISA's second flag)."""
    if unreadable:
        return ruleset.ei["unintelligible"], "unintelligible"
    return _easiest(picture.data, picture.identifiers, ruleset)


@lru_cache(maxsize=4096)
def _easiest(data: tuple[Datum, ...], named: frozenset[str], ruleset: RuleSet) -> tuple[float, str]:
    found = identifiers(data, named)
    if not found:
        return ruleset.ei[UNKNOWN], UNKNOWN
    best = max(sorted(found), key=lambda one: ruleset.ei[one])
    return ruleset.ei[best], best
