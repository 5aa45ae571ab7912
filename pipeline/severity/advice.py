"""Why Datatilsynet is told or not, and why the persons are told or not, in the words of Art. 33 and 34."""

from collections.abc import Collection, Mapping, Sequence

from pipeline.severity.harm import Pair, precaution
from pipeline.severity.weighing import CHANCE, CONSEQUENCE
from schemas.actions import Outcome
from schemas.assessment import Assessment

_UNLIKELY: dict[str, Pair] = {
    "R1": ("oplysningerne ikke kan læses af uvedkommende og ikke er tabt",
           "nobody without need can read the data, and they are not lost"),
    "R9": ("modtageren er betroet og har bekræftet sletning", "the recipient is trusted and has confirmed deletion"),
    "R12": ("ingen uvedkommende har set oplysningerne, og udfald eller ændring ikke har berørt nogen",
            "nobody without need has seen the data, and no outage or change affected anyone"),
    "unseen": ("ingen uvedkommende har set oplysningerne, og følgerne er begrænsede",
               "nobody without need has seen the data, and the effects are limited"),
    "public": ("oplysningerne var offentligt kendt i forvejen", "the data were public before"),
    "harmless": ("oplysningerne ikke giver indsigt i fortrolige eller følsomme forhold, og modtagerne er kendte",
                 "the data give no insight into confidential or sensitive matters, and the recipients are known"),
}  # fmt: skip


def notify(assessment: Assessment, values: Mapping[str, str], effective: Collection[str], at: int) -> str:
    """Returns the sentence on telling Datatilsynet; `effective` are the rules that took effect."""
    if not assessment.notify_authority:
        reason = _UNLIKELY[_why_unlikely(values, effective)][at]
        if at == 0:
            return (
                f"Da {reason}, er det usandsynligt, at bruddet indebærer en risiko for de berørte; bruddet registreres "
                "uden anmeldelse (art. 33, stk. 1 og 5)."
            )
        return (
            f"As {reason}, a risk to the persons concerned is unlikely; the breach is registered without being "
            "notified (Art. 33(1) and (5))."
        )
    if assessment.outcome is Outcome.HIGH_RISK:
        return (
            "Bruddet indebærer sandsynligvis en høj risiko for de berørte; anmeldelse til Datatilsynet anbefales "
            "(art. 33, stk. 1).",
            "The breach is likely to result in a high risk to the persons concerned; notifying Datatilsynet is "
            "recommended (Art. 33(1)).",
        )[at]
    if "R11" in effective:
        return (
            "Det er ikke godtgjort, at en risiko for de berørte er usandsynlig; anmeldelse til Datatilsynet anbefales, "
            "og det manglende kan eftersendes (art. 33, stk. 1 og 4).",
            "That a risk to the persons concerned is unlikely has not been shown; notifying Datatilsynet is "
            "recommended, and what is missing can follow (Art. 33(1) and (4)).",
        )[at]
    return (
        "Det kan ikke afvises, at bruddet indebærer en risiko for de berørte; anmeldelse til Datatilsynet "
        "anbefales (art. 33, stk. 1).",
        "A risk to the persons concerned cannot be ruled out; notifying Datatilsynet is recommended (Art. 33(1)).",
    )[at]


def _why_unlikely(values: Mapping[str, str], effective: Collection[str]) -> str:
    for rule in ("R1", "R9", "R12"):
        if rule in effective:
            return rule
    exposure = values.get("confidentiality")
    if exposure == "none_with_evidence" or values.get("identification") == "unintelligible":
        return "unseen"
    return "public" if exposure == "unknown_recipients" else "harmless"


def inform(assessment: Assessment, harmed: Sequence[str], likely: str, badly: str, at: int) -> str:
    """Returns the sentence on telling the persons, with what they can do or why they need not be told."""
    consequence, chance = CONSEQUENCE[badly][at], CHANCE[likely][at]
    if assessment.inform_subjects:
        steps = precaution(harmed)
        do = f", {steps[at]}" if steps else ""
        if at == 0:
            return (
                "De berørte bør underrettes uden unødig forsinkelse, da risikoen er høj, og de selv skal kunne tage deres "
                f"forholdsregler{do} (art. 34, stk. 1)."
            )
        return (
            "The persons concerned should be told without undue delay, as the risk is high and they must be able to "
            f"protect themselves{do} (Art. 34(1))."
        )
    if assessment.notify_authority and "open" in (likely, badly):
        return (
            "Om de berørte skal underrettes, kan først afgøres, når det manglende er oplyst; på det foreliggende er en høj "
            "risiko ikke godtgjort (art. 34, stk. 1).",
            "Whether the persons concerned must be told can be settled only when what is missing is known; as things "
            "stand a high risk has not been shown (Art. 34(1)).",
        )[at]
    if assessment.notify_authority:
        if at == 0:
            return (
                "Underretning af de berørte anbefales ikke på det foreliggende: konsekvensen for den enkelte vurderes som "
                f"{consequence}, sandsynligheden for skade som {chance}, og ingen regel for høj risiko er opfyldt "
                "(art. 34, stk. 1)."
            )
        return (
            "Telling the persons concerned is not recommended as things stand: the consequence for the person is assessed "
            f"as {consequence}, the likelihood of harm as {chance}, and no rule for a high risk applies (Art. 34(1))."
        )
    return (
        "De berørte underrettes ikke, da bruddet ikke indebærer en høj risiko for dem (art. 34, stk. 1).",
        "The persons concerned need not be told, as the breach is no high risk to them (Art. 34(1)).",
    )[at]
