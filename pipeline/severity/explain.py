"""One paragraph that a DPO can paste into the register: how likelihood and consequence were reached, what harm the person
may suffer, and why persons are or are not told. Datatilsynet's bar: 2021-442-12924 and 2019-441-1581; GDPR Art. 33(5)."""

from collections.abc import Mapping
from typing import Literal

from pipeline.severity.phrases import (
    BAND,
    EXPOSURE,
    HARM,
    INFORM,
    LIKELIHOOD,
    NOTIFY,
    RECIPIENT,
    harm_group,
)
from pipeline.severity.terms import CATEGORY, IDENTIFIER
from pipeline.severity.wording import BECAUSE
from schemas.assessment import Assessment

Language = Literal["da", "en"]
_COLUMN = {"da": 0, "en": 1}
_ASKED_FIRST = 3


def explain(assessment: Assessment, language: Language) -> str:
    """Returns one paragraph in Danish or English on how the assessment came about. Holds nothing about a person."""
    at = _COLUMN[language]
    values = {factor.name: factor.value for factor in assessment.factors}
    sentences = [
        _consequence(assessment, values, at),
        _likelihood(values, at),
        _score(assessment, at),
        *_rules(assessment, at),
        _harm(values, at),
        *_missing(assessment, at),
        NOTIFY[assessment.notify_authority][at],
        INFORM[str(assessment.outcome)][at],
        _source(assessment, at),
    ]
    return " ".join(sentences)


def _consequence(assessment: Assessment, values: Mapping[str, str], at: int) -> str:
    category = _term(CATEGORY, values.get("data", "unknown"), at)
    identifier = _term(IDENTIFIER, values.get("identification", "unknown"), at)
    if at == 0:
        return (
            f"Konsekvens: De mest indgribende oplysninger er {category} (databehandlingskontekst {_n(assessment.dpc, at)} "
            f"af 4), og den berørte kan genkendes ved {identifier} (identifikation {_n(assessment.ei, at)} af 1)."
        )
    return (
        f"Consequence: the most intrusive data are {category} (data processing context {_n(assessment.dpc, at)} of 4), and "
        f"the person can be identified by {identifier} (identification {_n(assessment.ei, at)} of 1)."
    )


def _likelihood(values: Mapping[str, str], at: int) -> str:
    exposure = _term(EXPOSURE, values.get("confidentiality", "unknown"), at)
    recipient = _term(RECIPIENT, values.get("recipient", "unknown"), at)
    extra = [LIKELIHOOD[name][values[name]][at] for name in LIKELIHOOD if values.get(name) in LIKELIHOOD[name]]
    told = "; ".join([exposure, recipient, *extra])
    return f"Sandsynlighed: {told}." if at == 0 else f"Likelihood: {told}."


def _score(assessment: Assessment, at: int) -> str:
    band = BAND[str(assessment.band)][at]
    sum_ = f"{_n(assessment.dpc, at)} × {_n(assessment.ei, at)} + {_n(assessment.cb, at)} = {_n(assessment.score, at)}"
    if at == 0:
        return f"Efter ENISA's metode er alvoren {sum_}, og efter reglerne nedenfor vurderes den samlet som {band}."
    return f"By ENISA's method the severity is {sum_}, and with the rules below it is assessed as {band} overall."


def _rules(assessment: Assessment, at: int) -> list[str]:
    said = []
    for fired in assessment.rules:
        reason = BECAUSE[fired.rule][at] if fired.rule in BECAUSE else fired.because
        if fired.blocked_by:
            tail = f" (viger for {fired.blocked_by})" if at == 0 else f" (yields to {fired.blocked_by})"
        else:
            tail = ""
        said.append(f"{fired.rule}: {reason}{tail}; {'kilde' if at == 0 else 'source'}: {fired.source}")
    if not said:
        return []
    return [f"{'Regler' if at == 0 else 'Rules'}: {'. '.join(said)}."]


def _harm(values: Mapping[str, str], at: int) -> str:
    return HARM[harm_group(values)][at]


def _missing(assessment: Assessment, at: int) -> list[str]:
    if not assessment.missing:
        return []
    asked = [one.question_da if at == 0 else one.question_en for one in assessment.missing[:_ASKED_FIRST]]
    worst = BAND[str(assessment.worst_band)][at]
    if at == 0:
        return [f"Endnu ikke oplyst: {' '.join(asked)} I værste fald vil vurderingen blive {worst}."]
    return [f"Not yet known: {' '.join(asked)} At worst the assessment would become {worst}."]


def _source(assessment: Assessment, at: int) -> str:
    if at == 0:
        return f"Vurderingen er vejledende (regelsæt {assessment.ruleset}); den dataansvarlige træffer beslutningen."
    return f"The assessment is advice (rule set {assessment.ruleset}); the controller decides."


def _term(terms: Mapping[str, tuple[str, str]], value: str, at: int) -> str:
    return terms.get(value, terms["unknown"])[at]


def _n(value: float, at: int) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if at == 0 else text
