"""Which of two values of one question is the graver: the order in which senders that disagree are read."""

from pipeline.severity.picture import UNKNOWN, Datum

_YES_GRAVER = ("no", "yes")
_NO_GRAVER = ("yes", "no")

SCALES: dict[str, tuple[str, ...]] = {
    "exposure": ("none_with_evidence", "exposed", "known_recipients", "unknown_recipients"),
    "protection": ("intact", "breakable", "none"),
    "key_safe": _NO_GRAVER,
    "restorable": _NO_GRAVER,
    "availability": ("none", "recoverable", "temporary", "permanent"),
    "integrity": ("none", "altered_no_wrong_use", "wrong_use_recoverable", "wrong_use_unrecoverable"),
    "effect": _YES_GRAVER,
    "malicious": _YES_GRAVER,
    "cause": ("internal_accident", "external_accident", "internal_malicious", "external_malicious"),
    "kind": (
        "colleague_with_need", "intended", "own_department", "steady_supplier", "authority", "nobody", "professional",
        "company", "citizen", "public", "thief",
    ),
    "relation": ("none", "knows_person", "opposing_party"),
    "opened": _YES_GRAVER,
    "read": _YES_GRAVER,
    "passed_on": _YES_GRAVER,
    "returned": _NO_GRAVER,
    "deletion": _NO_GRAVER,
    "trust": _NO_GRAVER,
    "published": _YES_GRAVER,
    "access": _YES_GRAVER,
    "logs": _NO_GRAVER,
    "recalled": _NO_GRAVER,
    "protected": _YES_GRAVER,
    "safety": _YES_GRAVER,
    "minors": _YES_GRAVER,
    "vulnerable": _YES_GRAVER,
}  # fmt: skip
"""Every question with its known answers, the mildest first. `unknown` stands outside: it is no answer."""

RANK: dict[str, dict[str, int]] = {name: {v: i for i, v in enumerate(scale)} for name, scale in SCALES.items()}
"""The place of each known answer on its scale; what is not in it is unknown to this version."""

DETAILS = ("hint", "some", "content", "full")
_DETAIL_RANK = {UNKNOWN: 2, "hint": 0, "some": 1, "content": 2, "full": 3}
_PUBLIC_RANK = {"yes": 0, UNKNOWN: 1, "no": 1}


def graver_datum(one: Datum, other: Datum) -> Datum:
    """Returns one category as both senders together leave it: the fuller detail, public only if both say so."""
    detail = max(one.detail, other.detail, key=_DETAIL_RANK.__getitem__)
    public = max(one.public, other.public, key=_PUBLIC_RANK.__getitem__)
    return Datum(one.category, detail, public)
