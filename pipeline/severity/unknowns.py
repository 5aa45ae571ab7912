"""Unknowns: what known facts already imply, and what the rest counts as, by default and at its plausible worst.

Unknown is never read as "no". Implied is only what cannot well be otherwise: an accident is not malicious, a letter that
went astray is a copy, an item that somebody hands in was received.
"""

from functools import lru_cache

from pipeline.severity.picture import NUMBER_UNKNOWN, UNKNOWN, Datum, Picture
from pipeline.severity.plausible import TESTS, Test
from pipeline.severity.ruleset import RuleSet

MALICIOUS_KINDS = frozenset({"ransomware", "hacking", "phishing", "exfiltration", "access_abused_by_staff"})
_QUESTIONS = (
    "exposure", "protection", "key_safe", "restorable", "availability", "integrity", "effect", "malicious", "kind",
    "relation", "opened", "read", "passed_on", "returned", "deletion", "trust", "published", "access", "logs",
    "recalled", "protected", "safety",
)  # fmt: skip
_PLACE = {name: Picture._fields.index(name) for name in _QUESTIONS}
_PEOPLE, _RECIPIENTS, _DATA, _DATA_KNOWN, _IDENTIFIERS = (
    Picture._fields.index(name) for name in ("people", "recipients", "data", "data_known", "identifiers")
)
_CPR, _CONTACT = frozenset({"cpr_and_name"}), frozenset({"name_and_contact"})


def implied(picture: Picture, ruleset: RuleSet) -> Picture:
    """Returns `picture` with the questions answered that other known answers settle."""
    changes: list[tuple[int, str]] = []
    malicious = picture.malicious
    if picture.cause.endswith("_malicious") or picture.kind == "thief" or picture.incidents & MALICIOUS_KINDS:
        malicious = "yes"
    elif malicious == UNKNOWN and (picture.cause.endswith("_accident") or picture.misdelivery):
        malicious = "no"
    if malicious != picture.malicious:
        changes.append((_PLACE["malicious"], malicious))
    exposure = _exposure(picture, malicious)
    if exposure != picture.exposure:
        changes.append((_PLACE["exposure"], exposure))
    aspects, integrity, availability = picture.aspects, picture.integrity, picture.availability
    stray = not aspects and (picture.misdelivery or (bool(picture.media) and picture.media <= ruleset.stray_media))
    if integrity == UNKNOWN and (stray or (aspects and "integrity" not in aspects)):
        integrity = "none"
        changes.append((_PLACE["integrity"], integrity))
    if availability == UNKNOWN and (stray or (aspects and "availability" not in aspects)):
        availability = "none"
        changes.append((_PLACE["availability"], availability))
    if picture.effect == UNKNOWN and integrity == availability == "none":
        changes.append((_PLACE["effect"], "no"))
    if not changes:
        return picture
    values: list[object] = list(picture)
    for place, value in changes:
        values[place] = value
    return Picture._make(values)


def _exposure(picture: Picture, malicious: str) -> str:
    exposure = picture.exposure
    if picture.published == "yes" or "web_publication" in picture.media:
        return "unknown_recipients"
    if exposure in ("none_with_evidence", "exposed") and (picture.opened == "yes" or picture.read == "yes"):
        return "known_recipients"
    if exposure != UNKNOWN:
        return exposure
    if picture.kind in ("public", "thief"):
        return "unknown_recipients"
    if picture.misdelivery:
        return "known_recipients"
    got = "yes" in (picture.opened, picture.read, picture.passed_on)
    if malicious == "no" and picture.aspects and "confidentiality" not in picture.aspects and not got:
        return "none_with_evidence"
    return UNKNOWN


def at_default(picture: Picture, ruleset: RuleSet) -> Picture:
    """Returns `picture` without unknowns: each at the rule set's default.

    A default settles what the same answer would settle if it were known: who takes an outage for an accident takes it,
    as after an accident, that where confidentiality was not touched nobody saw anything.
    """
    values: list[object] = list(picture)
    if picture.exposure == UNKNOWN and picture.malicious == UNKNOWN:
        values[_PLACE["exposure"]] = _exposure(picture, ruleset.unknowns["malicious"].default)
    for place, default, _, _ in _settings(ruleset):
        if values[place] == UNKNOWN:
            values[place] = default
    count = ruleset.unknown_count.default
    if picture.people == NUMBER_UNKNOWN:
        values[_PEOPLE] = count
    if picture.recipients == NUMBER_UNKNOWN:
        values[_RECIPIENTS] = count
    return Picture._make(values)


def at_worst(picture: Picture, ruleset: RuleSet) -> Picture:
    """Returns `picture` without unknowns: each at its plausible worst, given what is known."""
    values: list[object] = list(picture)
    for place, default, worst, test in _settings(ruleset):
        if values[place] == UNKNOWN:
            feared = worst != default and (test is None or test(picture, ruleset))
            values[place] = worst if feared else default
    values[_DATA] = _worst_data(picture.data, picture.data_known, ruleset)
    values[_DATA_KNOWN] = True
    if not picture.identifiers:
        values[_IDENTIFIERS] = _CONTACT if picture.data_known else _CPR
    few, many = ruleset.unknown_count.default, ruleset.unknown_count.worst
    single = bool(picture.media) and picture.media <= ruleset.single_media
    if picture.people == NUMBER_UNKNOWN:
        values[_PEOPLE] = few if single and picture.misdelivery else many
    if picture.recipients == NUMBER_UNKNOWN:
        stopped = picture.returned == "yes" or picture.deletion == "yes" or picture.kind == "colleague_with_need"
        values[_RECIPIENTS] = few if single or stopped else many
    return Picture._make(values)


@lru_cache(maxsize=16)
def _settings(ruleset: RuleSet) -> tuple[tuple[int, str, str, Test | None], ...]:
    return tuple(
        (place, ruleset.unknowns[question].default, ruleset.unknowns[question].worst, TESTS.get(question))
        for question, place in _PLACE.items()
    )


@lru_cache(maxsize=4096)
def _worst_data(data: tuple[Datum, ...], known: bool, ruleset: RuleSet) -> tuple[Datum, ...]:
    full = tuple(d if d.detail != UNKNOWN else Datum(d.category, "full", d.public) for d in data)
    if known:
        return full
    named = {datum.category for datum in data}
    feared = tuple(Datum(str(c), "content") for c in ruleset.unknown_data.worst if str(c) not in named)
    return tuple(sorted(full + feared))
