"""The machine's advice on one case: facts in, assessment out. It recommends; people decide."""

from collections.abc import Sequence
from functools import lru_cache

from pipeline.severity.combine import Combined, combine
from pipeline.severity.factors import factors
from pipeline.severity.judge import judge
from pipeline.severity.overrides import HIGH, LOW, Fired
from pipeline.severity.picture import Datum, Picture
from pipeline.severity.questions import BANDS, missing
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.shape import shape
from pipeline.severity.wording import BECAUSE
from schemas.actions import Outcome
from schemas.assessment import Assessment, RuleFired
from schemas.facts import Fact

OUTCOMES = (Outcome.UNLIKELY_RISK, Outcome.RISK, Outcome.HIGH_RISK, Outcome.HIGH_RISK)
"""GDPR Art. 33(1) and 34(1) by band: low, medium, high, very high."""


def assess(facts: Sequence[Fact], ruleset: RuleSet, municipality: str) -> Assessment:
    """Returns the advice on the case whose facts these are, in any order, repeats allowed.

    `municipality` is the kommunekode whose defaults apply. Never raises for odd content: what cannot be read is unknown.
    """
    combined = combine(facts)
    picture = _with_local_defaults(combined, ruleset, municipality)
    looked_at = shape(picture, ruleset)
    judged = judge(looked_at, ruleset)
    band, worst, se = judged.band, judged.worst_band, judged.score
    return Assessment.model_construct(
        outcome=OUTCOMES[band],
        band=BANDS[band],
        worst=OUTCOMES[worst],
        worst_band=BANDS[worst],
        score=se.se,
        dpc=float(se.dpc),
        ei=se.ei,
        cb=se.cb.total,
        notify_authority=band > LOW,
        inform_subjects=band >= HIGH,
        safety=judged.safety,
        factors=factors(judged, picture.people, combined.origins),
        rules=_rules(judged.rules, ruleset),
        missing=missing(looked_at, ruleset),
        ruleset=ruleset.name,
        ruleset_hash=ruleset.hash,
    )


def _with_local_defaults(combined: Combined, ruleset: RuleSet, municipality: str) -> Picture:
    """Adds what the municipality's own page obliges to assume while nobody has said otherwise (GLO-6, BIL-6)."""
    picture, local = combined.picture, ruleset.municipalities.get(municipality)
    if local is None:
        return picture
    if local.confidential_by_default:
        picture = picture._replace(confidential=True)
    if not picture.data:
        assumed = {c for area in combined.areas for c in local.assumed_data.get(area, ())}
        if assumed:
            picture = picture._replace(data=tuple(sorted(Datum(str(category)) for category in assumed)))
    return picture


@lru_cache(maxsize=8192)
def _rules(applied: tuple[Fired, ...], ruleset: RuleSet) -> tuple[RuleFired, ...]:
    return tuple(
        RuleFired.model_construct(
            rule=fired.rule,
            effect=fired.effect,
            because=BECAUSE[fired.rule][1],
            source=ruleset.rules[fired.rule].source,
            blocked_by=fired.blocked_by,
        )
        for fired in applied
    )
