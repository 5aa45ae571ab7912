"""ENISA's severity of a situation without unknowns: SE = DPC x EI + CB, and its band."""

from typing import NamedTuple

from pipeline.severity.cb import Circumstances, cb
from pipeline.severity.dpc import dpc
from pipeline.severity.ei import ei
from pipeline.severity.overrides import HIGH, LOW, MEDIUM, VERY_HIGH
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.situation import Situation


class Score(NamedTuple):
    """The score, its three parts and what gave them."""

    se: float
    dpc: int
    category: str
    ei: float
    identifier: str
    cb: Circumstances
    band: int


def score(situation: Situation, ruleset: RuleSet) -> Score:
    """Returns SE (0.25 to 6) with its parts, and the band before the rules (0 low to 3 very high)."""
    context, category = dpc(situation.picture, ruleset)
    weight, identifier = ei(situation.picture, situation.unreadable, ruleset)
    parts = cb(situation, ruleset)
    se = context * weight + parts.total
    bands = ruleset.bands
    band = VERY_HIGH if se >= bands.very_high else HIGH if se >= bands.high else MEDIUM if se >= bands.medium else LOW
    return Score(se, context, category, weight, identifier, parts, band)
