"""The shape of a picture: what of it the rules look at. Pictures of one shape are judged once and remembered.

A case of 37 persons and one of 41, by accident inside the house or outside it, are the same to every rule.
"""

from collections.abc import Iterable

from pipeline.severity.picture import NUMBER_UNKNOWN, UNKNOWN, Picture
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.unknowns import MALICIOUS_KINDS

_CAUSE, _VULNERABLE, _INCIDENTS, _PEOPLE, _RECIPIENTS = (
    Picture._fields.index(name) for name in ("cause", "vulnerable", "incidents", "people", "recipients")
)
_SOME_MALICIOUS = frozenset({min(MALICIOUS_KINDS)})


def shape(picture: Picture, ruleset: RuleSet) -> Picture:
    """Returns `picture` with numbers as the least of their class, and without what no rule tells apart."""
    values: list[object] = list(picture)
    if picture.cause != UNKNOWN:
        values[_CAUSE] = "external_" + picture.cause.partition("_")[2]
    values[_VULNERABLE] = UNKNOWN
    if picture.incidents:
        values[_INCIDENTS] = frozenset() if picture.incidents.isdisjoint(MALICIOUS_KINDS) else _SOME_MALICIOUS
    limits = ruleset.people
    values[_PEOPLE] = _least(picture.people, (ruleset.volume.over, limits.over))
    values[_RECIPIENTS] = _least(picture.recipients, (limits.recipients_over,))
    return Picture._make(values)


def _least(number: int, limits: Iterable[int]) -> int:
    """Returns the smallest number that lies above the same of the `limits`."""
    return number if number == NUMBER_UNKNOWN else max((limit + 1 for limit in limits if number > limit), default=0)
