"""The judgement of one picture: outcome at the defaults, plausible worst, and what is worth asking.

A picture is judged once and remembered: a case is assessed again for every fact, and most facts change nothing here.
"""

from functools import lru_cache
from typing import NamedTuple

from pipeline.severity.overrides import LOW, MEDIUM, Fired, overrides
from pipeline.severity.picture import Picture
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.score import Score, score
from pipeline.severity.situation import Situation, situation
from pipeline.severity.unknowns import at_default, at_worst, implied


class Judgement(NamedTuple):
    """Bands are 0 low, 1 medium, 2 high, 3 very high."""

    band: int
    worst_band: int
    score: Score
    rules: tuple[Fired, ...]
    known: Picture  # with what known answers imply
    situation: Situation  # at the defaults
    safety: bool


@lru_cache(maxsize=8192)
def judge(picture: Picture, ruleset: RuleSet) -> Judgement:
    """Returns the judgement of `picture`, unknowns and all. Pure; remembered per picture and rule set."""
    known = implied(picture, ruleset)
    likely, found, band, rules = _weigh(at_default(known, ruleset), ruleset)
    worst = max(band, _weigh(at_worst(known, ruleset), ruleset)[2])
    safety = in_danger(known, likely)
    if band == LOW and (worst > LOW or safety):
        # EDPB 9/2022: in doubt, notify. Unlikely risk must be shown, not assumed.
        band = MEDIUM
        rules = (*rules, Fired("R11", ruleset.rules["R11"].effect))
    return Judgement(band, max(worst, band), found, rules, known, likely, safety)


def bands(picture: Picture, ruleset: RuleSet) -> tuple[int, int]:
    """Returns only the band and the worst band of `judge`: of the many pictures that questions could lead to."""
    known = implied(picture, ruleset)
    likely, _, band, _ = _weigh(at_default(known, ruleset), ruleset)
    worst = max(band, _weigh(at_worst(known, ruleset), ruleset)[2])
    if band == LOW and (worst > LOW or in_danger(known, likely)):
        return MEDIUM, max(worst, MEDIUM)
    return band, worst


def gravest(picture: Picture, ruleset: RuleSet) -> tuple[float, tuple[Fired, ...]]:
    """Returns score and rules of the plausible worst: what an answer must move to be worth asking for when no band moves."""
    _, found, _, rules = _weigh(at_worst(implied(picture, ruleset), ruleset), ruleset)
    return found.se, rules


@lru_cache(maxsize=8192)
def _weigh(answered: Picture, ruleset: RuleSet) -> tuple[Situation, Score, int, tuple[Fired, ...]]:
    """Weighs a picture without unknowns. Many open pictures share their worst, so it is remembered too."""
    weighed = situation(answered, ruleset)
    found = score(weighed, ruleset)
    band, rules = overrides(weighed, found.band, ruleset)
    return weighed, found, band, rules


def in_danger(known: Picture, likely: Situation) -> bool:
    """Says whether a protected address or a person's safety is involved or hinted at: the one thing that pages by itself."""
    if known.safety == "yes" or known.child_concern:
        return True
    if likely.unreadable or known.exposure == "none_with_evidence" or known.kind == "colleague_with_need":
        return False
    exposed_child = known.relation == "opposing_party" and (
        known.minors == "yes" or any(datum.category == "child_case" for datum in known.data)
    )
    return known.protected == "yes" or likely.content.place or exposed_child
