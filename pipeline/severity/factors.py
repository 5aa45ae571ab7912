"""The factors of an assessment: what was looked at, the value found, its weight, the fact it came from and the source."""

from collections.abc import Mapping

from pipeline.severity.construct import built
from pipeline.severity.judge import Judgement
from pipeline.severity.picture import UNKNOWN
from schemas.assessment import Factor

_FIELDS = frozenset(Factor.model_fields)
_TELLING = (
    ("relation", "Datatilsynet 2021-32-2067"),
    ("trust", "EDPB 9/2022 pp. 25-26"),
    ("opened", "EDPB 01/2021 cases 13, 16"),
    ("passed_on", "EDPB 01/2021 case 9"),
    ("returned", "EDPB 01/2021 case 13"),
    ("recalled", "Datatilsynet, advice of 12 Jan 2024"),
    ("deletion", "EDPB 01/2021 case 9"),
    ("logs", "Datatilsynet 2021-442-12924"),
    ("effect", "EDPB 01/2021 cases 2, 3"),
)
"""What has no weight of its own but decides between rules; told where somebody has answered it."""


def factors(judged: Judgement, people: int, origins: Mapping[str, str]) -> tuple[Factor, ...]:
    """Returns the factors of `judged`. What nobody said is `unknown`, even where a default was counted."""
    score, known, situation = judged.score, judged.known, judged.situation
    parts, settled = score.cb, situation.picture
    exposure = situation.exposure if known.exposure != UNKNOWN or situation.exposure != settled.exposure else UNKNOWN
    if exposure == UNKNOWN and settled.exposure == "none_with_evidence":
        exposure = "untouched"  # told that confidentiality was not, but not whether it was an accident
    rows = [
        ("data", score.category, float(score.dpc), f"data:{score.category}", "ENISA 2013, annex 1 (DPC)"),
        ("identification", score.identifier, score.ei, "data", "ENISA 2013, annex 2 (EI)"),
        ("confidentiality", exposure, parts.confidentiality, "exposure", "ENISA 2013, annex 3 (CB)"),
        ("integrity", settled.integrity, parts.integrity, "integrity", "ENISA 2013, annex 3 (CB)"),
        ("availability", settled.availability, parts.availability, "availability", "ENISA 2013, annex 3 (CB)"),
        ("malicious", known.malicious, parts.malicious, "malicious", "ENISA 2013, annex 3 (CB)"),
        ("recipient", known.kind, 0.0, "kind", "EDPB 9/2022, section IV.B (recipient)"),
        ("people", UNKNOWN if people < 0 else str(people), 0.0, "people", "ENISA 2013, flag: more than 100"),
        ("protection", known.protection, 0.0, "protection", "ENISA 2013, flag: unintelligible; GDPR Art. 34(3)(a)"),
        ("protected_address", known.protected, 0.0, "protected", "Datatilsynet 2020-432-0037"),
    ]
    for name, source in _TELLING:
        if name in origins:
            rows.append((name, getattr(known, name), 0.0, name, source))
    return tuple(
        built(
            Factor,
            {"name": name, "value": value, "weight": weight, "fact_id": _origin(origin, origins), "source": source},
            set(_FIELDS),
        )
        for name, value, weight, origin, source in rows
    )


def _origin(name: str, origins: Mapping[str, str]) -> str | None:
    found = origins.get(name)
    return origins.get("cause") if found is None and name == "malicious" else found
