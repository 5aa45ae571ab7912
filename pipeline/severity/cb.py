"""Circumstances of the breach (ENISA 2013, annex 3): confidentiality, integrity, availability and intent add up."""

from typing import NamedTuple

from pipeline.severity.ruleset import RuleSet
from pipeline.severity.situation import Situation


class Circumstances(NamedTuple):
    """The four parts of CB."""

    confidentiality: float
    integrity: float
    availability: float
    malicious: float

    @property
    def total(self) -> float:
        """The sum, 0 to 2."""
        return self.confidentiality + self.integrity + self.availability + self.malicious


def cb(situation: Situation, ruleset: RuleSet) -> Circumstances:
    """Returns the parts for a situation without unknowns. A silent recipient counts as unknown ones."""
    picture, weights = situation.picture, ruleset.cb
    confidentiality = weights.exposure[situation.exposure]
    if picture.silent and situation.reached:
        confidentiality = max(confidentiality, weights.silent)
    return Circumstances(
        confidentiality,
        weights.integrity[picture.integrity],
        weights.availability[picture.availability],
        weights.malicious if picture.malicious == "yes" else 0.0,
    )
