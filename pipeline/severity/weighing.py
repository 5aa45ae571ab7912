"""The two halves of the law's question, in words: how likely is it that a person is harmed, and how badly.

Derived from an assessment's factors and rules, so that the register shows how each was reached (Datatilsynet
2021-442-12924). The bands of the assessment come from score and rules, not from these words.
"""

from collections.abc import Collection, Mapping

from pipeline.severity.harm import Pair, seen

LIKELIHOOD: dict[str, Pair] = {
    "happened": ("Der er allerede indtrådt følger for de berørte", "The persons have already been affected"),
    "great": ("Det er sandsynligt, at bruddet skader de berørte", "Harm to the persons is likely"),
    "some": ("Det er muligt, at bruddet skader de berørte", "Harm to the persons is possible"),
    "small": ("Det er usandsynligt, at bruddet skader de berørte", "Harm to the persons is unlikely"),
    "open": ("Det kan ikke udelukkes, at bruddet skader de berørte", "Harm to the persons cannot be excluded"),
}  # fmt: skip
CHANCE: dict[str, Pair] = {
    "happened": ("indtrådt", "realised"),
    "great": ("stor", "great"),
    "some": ("middel", "medium"),
    "small": ("lille", "small"),
    "open": ("ikke afklaret", "not settled"),
}
CONSEQUENCE: dict[str, Pair] = {
    "open": ("ikke afklaret", "not settled"),
    "none": ("ubetydelig", "negligible"),
    "limited": ("begrænset", "limited"),
    "noticeable": ("mærkbar", "noticeable"),
    "serious": ("alvorlig", "serious"),
    "very_serious": ("meget alvorlig", "very serious"),
}
_BY_CONTEXT = ("limited", "limited", "noticeable", "serious", "very_serious")


def likelihood(values: Mapping[str, str], context: int, rules: Collection[str]) -> str:
    """Returns the name of how likely harm is, with the data's `context` (1 to 4) and the `rules` that took effect."""
    if values.get("effect") == "yes":
        return "happened"
    if values.get("confidentiality") == "untouched":
        return "open"
    if not seen(values) or "R9" in rules:
        lost = values.get("availability") in ("temporary", "permanent")
        return "some" if lost or values.get("integrity", "none") not in ("none", "altered_no_wrong_use") else "small"
    close = context > 1 and values.get("relation") in ("knows_person", "opposing_party")
    if values.get("malicious") == "yes" or values.get("confidentiality") == "unknown_recipients" or close:
        return "great"
    if "R11" in rules or values.get("confidentiality") == "unknown":
        return "open"
    if in_transit(values):
        return "small"
    ended = "yes" in (values.get("returned"), values.get("recalled"), values.get("deletion"))
    return "small" if ended and values.get("relation") == "none" else "some"


def in_transit(values: Mapping[str, str]) -> bool:
    """Says whether the right recipient got the data, by a way that others could have looked into."""
    return values.get("recipient") == "intended" and values.get("confidentiality") == "exposed"


def consequence(context: int, harms: Collection[str], *, known: bool) -> str:
    """Returns the name of how badly a person may be harmed, from the data's context (1 to 4) and the harms told.

    `known`: whether it is known which data are involved.
    """
    if not harms:
        return "none" if known else "open"
    if "safety" in harms or "care" in harms:
        return "very_serious"
    level = max(context, 3 if {"sensitive", "identity"} & set(harms) else 1)
    return _BY_CONTEXT[min(level, 4)]
