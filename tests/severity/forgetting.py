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


def forgettable(said: Said, kind: FactKind) -> list[tuple[str | None, str]]:
    """Returns the part and name of what can be forgotten so that the rest does not say the opposite.

    Left out are alarms that only count when raised (a person's safety, the other party, a protected address on an item
    that nobody opened), and answers that what stands beside them contradicts.
    """
    names: list[tuple[str | None, str]] = [(part, name) for part, name, _, _ in answers(said)]
    names += [(part, "count") for part in NESTED if "count" in part_of(said, part)]
    names += [(None, name) for name in ("aspects", "identifiers") if said.get(name)]
    out = (
        _alarms(said)
        | _seen_beside_evidence(said)
        | _spread_beside_an_end(said, kind)
        | _loss_beside_a_copy(said, kind)
    )
    return [one for one in names if one[1] not in out and one not in _numbers(said, kind)]


def _alarms(said: Said) -> set[str]:
    recipient = part_of(said, "recipient")
    found = {"safety_at_stake", "minors", "vulnerable"}
    if recipient.get("relation") == "opposing_party":
        found.add("relation")
    if recipient.get("opened") == "no" or said.get("use_excluded_by_logs") == "yes":
        found.add("protected_address")
    return found


def _seen_beside_evidence(said: Said) -> set[str]:
    """ "It was read" beside evidence that nobody did; malice beside an accident; a CPR number that the data do not list."""
    found: set[str] = set()
    unseen = said.get("exposure") == "none_with_evidence" or said.get("use_excluded_by_logs") == "yes"
    if unseen or said.get("protection") == "intact":
        found |= {"opened", "read", "passed_on", "published", "kind"}
    if said.get("malicious") == "no":
        found.add("cause")
    if str(said.get("cause")).endswith("_accident"):
        found.add("malicious")
    if said.get("data") and {"cpr", "cpr_and_name"}.intersection(str(one) for one in _list(said, "identifiers")):
        found.add("identifiers")
    return found


def _spread_beside_an_end(said: Said, kind: FactKind) -> set[str]:
    """Published or passed on, beside a known recipient who has confirmed deletion, or aspects without confidentiality."""
    recipient, aspects = part_of(said, "recipient"), _list(said, "aspects")
    found: set[str] = set()
    inside = bool(aspects) and "confidentiality" not in aspects
    misdelivery = kind is FactKind.MISDELIVERY_RECEIVED
    if misdelivery:
        found |= {"exposure", "kind", "malicious"}  # somebody had the item and tells of it
    if inside:
        found.add("exposure")
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
