"""One paragraph that a DPO can paste into the register: how likelihood and consequence were reached, what harm the person
may suffer, and why persons are or are not told. Datatilsynet's bar: 2021-442-12924 and 2019-441-1581; GDPR Art. 33(5)."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pipeline.severity.advice import inform, notify
from pipeline.severity.citation import cited, of_effect
from pipeline.severity.harm import HARM, harms, hinted
from pipeline.severity.phrases import BAND, EXPOSURE, LIKELIHOOD, RECIPIENT
from pipeline.severity.terms import CATEGORY, IDENTIFIER
from pipeline.severity.weighing import CONSEQUENCE, consequence, in_transit, likelihood
from pipeline.severity.weighing import LIKELIHOOD as HOW_LIKELY
from pipeline.severity.wording import BECAUSE, BECAUSE_WHERE, EFFECT
from schemas.assessment import Assessment

Language = Literal["da", "en"]
_COLUMN = {"da": 0, "en": 1}
_ASKED_FIRST = 3
_DATA = ("de mest indgribende oplysninger er {}", "the most intrusive data are {}")
_HINTED = (
    "de mest indgribende oplysninger er {}, som kun er antydet",
    "the most intrusive data are {}, merely hinted at",
)
_NO_HARM_YET = (
    "Følgen for den berørte kan ikke afgøres, før det er oplyst, hvilke oplysninger der er tale om.",
    "What the person may suffer cannot be told before it is known which data are involved.",
)
_UNKNOWN_DATA = ("det er ikke oplyst, hvilke oplysninger der er tale om", "which data are involved is not known")
_BY = ("de berørte kan genkendes på {}", "the persons can be identified by {}")
_WHO = {
    "unintelligible": ("de berørte kan ikke genkendes, da oplysningerne er ulæselige",
                       "the persons cannot be identified, the data being unintelligible"),
    "none": ("de berørte kan kun genkendes indirekte", "the persons can be identified indirectly only"),
    "unknown": ("det er ikke oplyst, hvad de berørte kan genkendes på", "how the persons can be identified is not known"),
}  # fmt: skip


def explain(assessment: Assessment, language: Language) -> str:
    """Returns one paragraph in Danish or English on how the assessment came about. Holds nothing about a person."""
    at = _COLUMN[language]
    values = {factor.name: factor.value for factor in assessment.factors}
    effective = [fired.rule for fired in assessment.rules if not fired.blocked_by]
    context = round(assessment.dpc)
    harmed, likely = harms(values, context, effective), likelihood(values, context, effective)
    badly = consequence(context, harmed, known=values.get("data", "unknown") != "unknown")
    sentences = [
        _likelihood(values, likely, at),
        _data(assessment, values, at),
        _harm(harmed, badly, at),
        _score(assessment, at),
        *_rules(assessment, values, at),
        *_missing(assessment, at),
        notify(assessment, values, effective, at),
        inform(assessment, harmed, likely, badly, at),
        _source(assessment, at),
    ]
    return " ".join(sentences)


def _likelihood(values: Mapping[str, str], likely: str, at: int) -> str:
    told = [_term(EXPOSURE, values.get("confidentiality", "unknown"), at)]
    if values.get("confidentiality") not in ("none_with_evidence", "untouched") or values.get("recipient") != "unknown":
        told.append(_term(RECIPIENT, values.get("recipient", "unknown"), at))
    told += [LIKELIHOOD[name][values[name]][at] for name in LIKELIHOOD if values.get(name) in LIKELIHOOD[name]]
    people = values.get("people", "unknown")
    if at == 0:
        many = f"antal berørte: {people}" if people != "unknown" else "antallet af berørte er ikke oplyst"
        return f"Sandsynlighed: {'; '.join([*told, many])}. {HOW_LIKELY[likely][at]}."
    many = f"persons affected: {people}" if people != "unknown" else "the number of persons affected is not known"
    return f"Likelihood: {'; '.join([*told, many])}. {HOW_LIKELY[likely][at]}."


def _data(assessment: Assessment, values: Mapping[str, str], at: int) -> str:
    category, identifier = values.get("data", "unknown"), values.get("identification", "unknown")
    context, ease = _n(assessment.dpc, at), _n(assessment.ei, at)
    what = _UNKNOWN_DATA if category == "unknown" else _HINTED if hinted(category, round(assessment.dpc)) else _DATA
    who = _WHO.get(identifier, _BY)
    told = what[at].format(_term(CATEGORY, category, at)), who[at].format(_term(IDENTIFIER, identifier, at))
    if at == 0:
        return f"Konsekvens: {told[0]} (databehandlingskontekst {context} af 4), og {told[1]} (identifikation {ease} af 1)."
    return (
        f"Consequence: {told[0]} (data processing context {context} of 4), and {told[1]} (identification {ease} of 1)."
    )


def _harm(harmed: Sequence[str], badly: str, at: int) -> str:
    if badly == "open":
        return _NO_HARM_YET[at]
    told = "; ".join(HARM[name][at] for name in harmed)
    if at == 0:
        what = f"For den berørte kan følgen være {told}." if told else "Der er ingen kendt følge for den berørte."
        return f"{what} Konsekvensen for den enkelte vurderes som {CONSEQUENCE[badly][at]}."
    what = f"The person may suffer {told}." if told else "No harm to the person is known."
    return f"{what} The consequence for the person is assessed as {CONSEQUENCE[badly][at]}."


def _score(assessment: Assessment, at: int) -> str:
    band = BAND[str(assessment.band)][at]
    sum_ = f"{_n(assessment.dpc, at)} × {_n(assessment.ei, at)} + {_n(assessment.cb, at)} = {_n(assessment.score, at)}"
    by_rules = bool(assessment.rules)
    if at == 0:
        with_ = "; med reglerne nedenfor vurderes den" if by_rules else ", som vurderes"
        return f"Efter ENISA's metode er alvoren {sum_}{with_} samlet som {band}."
    with_ = "; with the rules below it is" if by_rules else ", which is"
    return f"By ENISA's method the severity is {sum_}{with_} assessed as {band} overall."


def _rules(assessment: Assessment, values: Mapping[str, str], at: int) -> list[str]:
    said = []
    for fired in assessment.rules:
        reason = _because(fired.rule, fired.because, values, at)
        effect = EFFECT.get(fired.effect, (fired.effect, fired.effect))[at]
        if fired.blocked_by:
            effect = f"{'uden virkning, viger for' if at == 0 else 'without effect, yields to'} {fired.blocked_by}"
        source = of_effect(fired.source, fired.effect)
        said.append(f"{fired.rule} ({effect}): {reason} [{cited(source, at)}]")
    if not said:
        return []
    return [f"{'Regler' if at == 0 else 'Rules'}: {'. '.join(said)}."]


def _because(rule: str, stored: str, values: Mapping[str, str], at: int) -> str:
    variant = "transit" if in_transit(values) else values.get("confidentiality", "unknown")
    known = BECAUSE_WHERE.get((rule, variant)) or BECAUSE.get(rule)
    return known[at] if known else stored


def _missing(assessment: Assessment, at: int) -> list[str]:
    if not assessment.missing:
        return []
    asked = " ".join(one.question_da if at == 0 else one.question_en for one in assessment.missing[:_ASKED_FIRST])
    worst = BAND[str(assessment.worst_band)][at]
    graver = assessment.worst_band != assessment.band
    if at == 0:
        tail = (
            f"I værste fald vil vurderingen blive {worst}." if graver else "Svarene kan kun gøre vurderingen mildere."
        )
        return [f"Endnu ikke oplyst: {asked} {tail}"]
    tail = f"At worst the assessment would become {worst}." if graver else "The answers can only make it milder."
    return [f"Not yet known: {asked} {tail}"]


def _source(assessment: Assessment, at: int) -> str:
    if at == 0:
        return f"Vurderingen er vejledende (regelsæt {assessment.ruleset}); den dataansvarlige træffer beslutningen."
    return f"The assessment is advice (rule set {assessment.ruleset}); the controller decides."


def _term(terms: Mapping[str, tuple[str, str]], value: str, at: int) -> str:
    return terms.get(value, terms["unknown"])[at]


def _n(value: float, at: int) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if at == 0 else text
