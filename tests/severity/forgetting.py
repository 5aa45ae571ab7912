"""What a sender said, question by question, and which of it can be forgotten without contradicting the rest."""

from pydantic import JsonValue

from schemas.facts import FactKind

FLAT = {
    "exposure": "exposure", "protection": "protection", "key_safe": "key_safe", "restorable": "restorable",
    "availability": "availability", "integrity": "integrity", "effect_on_people": "effect", "malicious": "malicious",
    "cause": "cause", "published": "published", "access_possible": "access", "use_excluded_by_logs": "logs",
    "recalled": "recalled",
}  # fmt: skip
RECIPIENT = {
    "kind": "kind", "relation": "relation", "opened": "opened", "read": "read", "passed_on": "passed_on",
    "returned": "returned", "deletion_confirmed": "deletion", "trust_documented": "trust",
}  # fmt: skip
SUBJECTS = {
    "minors": "minors",
    "vulnerable": "vulnerable",
    "protected_address": "protected",
    "safety_at_stake": "safety",
}
NESTED = {"recipient": RECIPIENT, "subjects": SUBJECTS}
ONE_TO_ONE = frozenset({"letter", "digital_post", "sms", "spoken"})
STRAY = ONE_TO_ONE | {"aula", "email"}

Said = dict[str, JsonValue]


def answers(said: Said) -> list[tuple[str | None, str, str, str]]:
    """Returns part, name, scale and value of every question on a scale that `said` answers."""
    found: list[tuple[str | None, str, str, str]] = []
    for name, scale in FLAT.items():
        if name in said:
            found.append((None, name, scale, str(said[name])))
    for part, names in NESTED.items():
        inner = part_of(said, part)
        found += [(part, name, scale, str(inner[name])) for name, scale in names.items() if name in inner]
    return found


def part_of(said: Said, part: str) -> Said:
    """Returns what was said of the recipient or of the subjects."""
    inner = said[part]
    assert isinstance(inner, dict)
    return inner


RAISING: dict[str, frozenset[str]] = {
    "safety_at_stake": frozenset({"yes"}),
    "protected_address": frozenset({"yes"}),
    "opened": frozenset({"yes"}),
    "read": frozenset({"yes"}),
    "passed_on": frozenset({"yes"}),
    "published": frozenset({"yes"}),
    "malicious": frozenset({"yes"}),
    "kind": frozenset({"public", "thief"}),
    "relation": frozenset({"opposing_party"}),
    "cause": frozenset({"internal_malicious", "external_malicious"}),
    "effect_on_people": frozenset({"yes"}),
    "exposure": frozenset({"exposed", "known_recipients", "unknown_recipients"}),
    "integrity": frozenset({"altered_no_wrong_use", "wrong_use_recoverable", "wrong_use_unrecoverable"}),
    "availability": frozenset({"recoverable", "temporary", "permanent"}),
}
"""The answers that raise. Forgetting any other answer never lowers, without exception."""


def forgettable(said: Said, kind: FactKind) -> list[tuple[str | None, str]]:
    """Returns the part and name of what can be forgotten so that the question is then open.

    Left out is only a raising answer to a question that the rest of what was said settles the other way: once it is
    forgotten the question is not unknown but answered (an accident is not malicious; of an item handed back nothing was
    passed on; where only confidentiality was touched, nothing was lost). And one alarm: see `_alarms`.
    """
    names: list[tuple[str | None, str]] = [
        (part, name)
        for part, name, _, value in answers(said)
        if value not in RAISING.get(name, ()) or name not in _settled_otherwise(said, kind)
    ]
    names += [(part, "count") for part in NESTED if "count" in part_of(said, part)]
    names += [
        (None, name)
        for name in ("aspects", "identifiers")
        if said.get(name) and name not in _settled_otherwise(said, kind)
    ]
    return [one for one in names if one not in _numbers(said, kind)]


def _settled_otherwise(said: Said, kind: FactKind) -> set[str]:
    return (
        _alarms(said)
        | _seen_beside_evidence(said)
        | _spread_beside_an_end(said, kind)
        | _loss_beside_a_copy(said, kind)
    )


def _alarms(said: Said) -> set[str]:
    """A person's safety, the other party who opens that question, and a protected address on what nobody opened or used.

    Safety is an alarm that somebody raises, and not a question that everybody answers: would each report that is silent
    on it be feared to endanger a life, no breach could be unlikely to be a risk, and EDPB 01/2021 cases 9, 13 and 15,
    where nobody speaks of it, say otherwise. An open question it is where something points that way (plausible._safety).
    """
    found = {"safety_at_stake", "relation"}
    if part_of(said, "recipient").get("opened") == "no" or said.get("use_excluded_by_logs") == "yes":
        found.add("protected_address")
    return found


def _seen_beside_evidence(said: Said) -> set[str]:
    """ "It was read" beside evidence that nobody did; malice beside an accident; CPR or address that the data do not list."""
    found: set[str] = set()
    unseen = said.get("exposure") == "none_with_evidence" or said.get("use_excluded_by_logs") == "yes"
    if unseen or said.get("protection") == "intact":
        found |= {"opened", "read", "passed_on", "published"}
    if said.get("malicious") == "no":
        found.add("cause")
    if str(said.get("cause")).endswith("_accident"):
        found.add("malicious")
    named = {str(one["category"]) for one in _list(said, "data") if isinstance(one, dict)}
    beside = {"cpr": "cpr", "cpr_and_name": "cpr", "address": "address"}
    if named and any(beside.get(str(one), "name") not in named | {"name"} for one in _list(said, "identifiers")):
        found.add("identifiers")
    return found


def _spread_beside_an_end(said: Said, kind: FactKind) -> set[str]:
    """Published or passed on, beside a known recipient who has confirmed deletion, or aspects without confidentiality."""
    recipient, aspects = part_of(said, "recipient"), _list(said, "aspects")
    found: set[str] = set()
    inside = bool(aspects) and "confidentiality" not in aspects
    misdelivery = kind is FactKind.MISDELIVERY_RECEIVED
    if misdelivery:
        found |= {"exposure", "malicious", "cause", "kind"}  # somebody had the item and tells of it
    if inside:
        found |= {"exposure", "opened", "read"}
    if inside or misdelivery or _stopped(recipient) or "exposure" in said:
        found.add("published")
    if inside or _stopped(recipient) or said.get("exposure") == "exposed":
        found.add("passed_on")
    return found


def _loss_beside_a_copy(said: Said, kind: FactKind) -> set[str]:
    """A loss where the aspects say that nothing was lost, or a copy went astray, or a copy at hand made it good."""
    aspects = _list(said, "aspects")
    found: set[str] = set()
    stray = kind is FactKind.MISDELIVERY_RECEIVED or said.get("medium") in STRAY
    for aspect in ("integrity", "availability"):
        if (aspects and aspect not in aspects) or (stray and not aspects):
            found |= {aspect, "effect_on_people"}
    if stray:
        found.add("aspects")
    if (said.get("availability"), said.get("restorable")) == ("recoverable", "yes"):
        found.add("effect_on_people")
    return found


def _numbers(said: Said, kind: FactKind) -> set[tuple[str | None, str]]:
    """Numbers beside an item that goes from one to one, or beside the one recipient who has confirmed deletion."""
    found: set[tuple[str | None, str]] = set()
    if said.get("medium") in ONE_TO_ONE or _stopped(part_of(said, "recipient")):
        found.add(("recipient", "count"))
    if said.get("medium") in ONE_TO_ONE and kind is FactKind.MISDELIVERY_RECEIVED:
        found.add(("subjects", "count"))
    return found


def _stopped(recipient: Said) -> bool:
    return (
        recipient.get("returned") == "yes"
        or recipient.get("deletion_confirmed") == "yes"
        or recipient.get("kind") == "colleague_with_need"
    )


def _list(said: Said, name: str) -> list[JsonValue]:
    found = said.get(name) or []
    assert isinstance(found, list)
    return found
