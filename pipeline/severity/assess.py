"""The machine's advice on one case: facts in, assessment out. It recommends; people decide."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipeline.severity.combine import Combined, combine
from pipeline.severity.construct import built
from pipeline.severity.judge import Judgement, judge
from pipeline.severity.overrides import HIGH, LOW, Fired
from pipeline.severity.picture import UNKNOWN, Datum, Picture
from pipeline.severity.questions import BANDS, missing
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.shape import shape
from pipeline.severity.wording import BECAUSE
from schemas.actions import Outcome
from schemas.assessment import Assessment, Factor, RuleFired
from schemas.facts import Fact

OUTCOMES = (Outcome.UNLIKELY_RISK, Outcome.RISK, Outcome.HIGH_RISK, Outcome.HIGH_RISK)
"""GDPR Art. 33(1) and 34(1) by band: low, medium, high, very high."""
_FACTOR = frozenset(Factor.model_fields)


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
        factors=_factors(judged, picture.people, combined.origins),
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


def _factors(judged: Judgement, people: int, origins: Mapping[str, str]) -> tuple[Factor, ...]:
    score, known, settled = judged.score, judged.known, judged.situation.picture
    parts = score.cb
    rows = [
        ("data", score.category, float(score.dpc), f"data:{score.category}", "ENISA 2013, annex 1 (DPC)"),
        ("identification", score.identifier, score.ei, "data", "ENISA 2013, annex 2 (EI)"),
        ("confidentiality", judged.situation.exposure, parts.confidentiality, "exposure", "ENISA 2013, annex 3 (CB)"),
        ("integrity", settled.integrity, parts.integrity, "integrity", "ENISA 2013, annex 3 (CB)"),
        ("availability", settled.availability, parts.availability, "availability", "ENISA 2013, annex 3 (CB)"),
        ("malicious", settled.malicious, parts.malicious, "malicious", "ENISA 2013, annex 3 (CB)"),
        ("recipient", known.kind, 0.0, "kind", "EDPB 9/2022, section IV.B (recipient)"),
        (
            "people",
            UNKNOWN if people < 0 else str(people),
            0.0,
            "people",
            "ENISA 2013, flag: more than 100",
        ),
        ("protection", known.protection, 0.0, "protection", "ENISA 2013, flag: unintelligible; GDPR Art. 34(3)(a)"),
        ("protected_address", known.protected, 0.0, "protected", "Datatilsynet 2020-432-0037"),
    ]
    return tuple(
        _factor(name, value, weight, origins.get(origin), source) for name, value, weight, origin, source in rows
    )


def _factor(name: str, value: str, weight: float, fact_id: str | None, source: str) -> Factor:
    values = {"name": name, "value": value, "weight": weight, "fact_id": fact_id, "source": source}
    return built(Factor, values, set(_FACTOR))


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
