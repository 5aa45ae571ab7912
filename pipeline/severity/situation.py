"""The situation: what an answered picture amounts to, in the terms that score and rules share."""

from functools import lru_cache
from typing import NamedTuple

from pipeline.severity.dpc import level
from pipeline.severity.picture import UNKNOWN, Datum, Picture
from pipeline.severity.plausible import shows_address
from pipeline.severity.ruleset import RuleSet


class Content(NamedTuple):
    """What the data amount to, whoever got them; public data amount to nothing."""

    special: bool = False
    confidential: bool = False
    insight: bool = False  # confidential, and more of it shows than that there is a case
    public: bool = False  # all of it was public before
    national_id: bool = False
    finance: bool = False
    place: bool = False
    name: bool = False


class Situation(NamedTuple):
    """Who could read what, and what of it is special."""

    picture: Picture
    exposure: str
    unreadable: bool  # EDPB 01/2021: encrypted and the key safe
    reached: bool  # readable data, and no evidence that nobody saw them
    in_transit: bool  # the right recipient, by an unsafe way
    trusted: bool  # EDPB 9/2022 pp. 25-26: a steady relation, documented
    content: Content
    confidential: bool
    national_id: bool
    address: bool


_REAL = frozenset({"content", "full", UNKNOWN})
_NATIONAL = frozenset({"cpr", "cpr_and_name"})


def situation(picture: Picture, ruleset: RuleSet) -> Situation:
    """Returns what `picture` (without unknowns) amounts to."""
    content = content_of(picture.data, ruleset)
    exposure = _exposure(picture, content.place, ruleset)
    unreadable = picture.protection == "intact" and picture.key_safe == "yes" and picture.read != "yes"
    local = picture.confidential and not (picture.data_known and (content.public or not picture.data))
    return Situation(
        picture,
        exposure,
        unreadable,
        not unreadable and exposure != "none_with_evidence",
        picture.kind == "intended" and exposure == "exposed",
        picture.kind in ruleset.trustable and picture.trust == "yes",
        content,
        content.confidential or local,
        content.national_id or not picture.identifiers.isdisjoint(_NATIONAL),
        shows_address(picture, ruleset),
    )


@lru_cache(maxsize=4096)
def content_of(data: tuple[Datum, ...], ruleset: RuleSet) -> Content:
    """Returns what `data` amount to. The same few combinations come again and again, so they are remembered."""
    place = special = confidential = insight = national_id = finance = False
    for datum in data:
        category, detail, public = datum
        if public == "yes":
            continue
        real = detail in _REAL
        place = place or category in ruleset.places
        special = special or (
            category in ruleset.special and (real or (detail == "some" and category in ruleset.guess_suffices))
        )
        if category in ruleset.confidential or category in ruleset.special:
            confidential = True
            insight = insight or level(datum, 0, ruleset) > 1
        elif category in ruleset.confidential_content and real:
            confidential = insight = True
        national_id = national_id or category in ruleset.national_id
        finance = finance or category in ruleset.finance
    return Content(
        special=special,
        confidential=confidential,
        insight=insight,
        public=bool(data) and all(datum.public == "yes" for datum in data),
        national_id=national_id,
        finance=finance,
        place=place,
        name=any(datum.category == "name" for datum in data),
    )


def _exposure(picture: Picture, place: bool, ruleset: RuleSet) -> str:
    exposure = picture.exposure
    spread = picture.published == "yes" or picture.passed_on == "yes"
    if spread or (exposure != "none_with_evidence" and picture.kind in ("public", "thief")):
        return "unknown_recipients"
    if exposure == "unknown_recipients":
        return exposure
    if picture.kind == "colleague_with_need":
        return "none_with_evidence"
    if exposure == "known_recipients" and picture.recipients > ruleset.people.recipients_over:
        return "unknown_recipients"
    if exposure == "known_recipients" and picture.kind == "intended":
        exposure = "exposed"
    undone = picture.returned == "yes" or picture.recalled == "yes"
    if exposure == "known_recipients" and picture.opened == "no" and picture.read != "yes" and undone and not place:
        return "none_with_evidence"
    if exposure == "exposed" and picture.logs == "yes":
        return "none_with_evidence"
    return exposure
