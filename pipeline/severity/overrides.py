"""The override rules R1 to R13: floors first, then ceilings unless a floor blocks them (sources stand in the rule set)."""

from typing import NamedTuple

from pipeline.severity.ruleset import RuleSet
from pipeline.severity.situation import Situation

LOW, MEDIUM, HIGH, VERY_HIGH = range(4)
_TARGET = {"floor:medium": MEDIUM, "floor:high": HIGH, "floor:very_high": VERY_HIGH, "ceiling:low": LOW}
_BLOCKING = {
    "R1": ("R2", "R3", "R4", "R7", "R10"),
    "R9": ("R2", "R3", "R4", "R5", "R6", "R7", "R8", "R10", "R13"),
    "R12": ("R5", "R6"),
}
"""Which floors a ceiling yields to. R1 lifts R5 to R7: nobody can read the data."""

_CPR_ALONE = frozenset({"cpr"})


class Fired(NamedTuple):
    """One rule that applies, and the rules that kept it from taking effect."""

    rule: str
    effect: str
    blocked_by: str | None = None


def overrides(situation: Situation, band: int, ruleset: RuleSet) -> tuple[int, tuple[Fired, ...]]:
    """Returns the band after the rules, with the rules that applied in their order."""
    applying = _floors(situation, ruleset)
    fired = []
    for rule in applying:
        effect = ruleset.rules[rule].effect
        if situation.in_transit:
            effect = ruleset.rules[rule].in_transit or effect
        fired.append(Fired(rule, effect))
        band = max(band, _TARGET[effect])
    for rule in _ceilings(situation):
        blockers = [floor for floor in _BLOCKING[rule] if floor in applying]
        effect = ruleset.rules[rule].effect
        fired.append(Fired(rule, effect, ",".join(blockers) or None))
        if not blockers:
            band = min(band, _TARGET[effect])
    return band, tuple(fired)


def _floors(s: Situation, ruleset: RuleSet) -> list[str]:
    picture, content = s.picture, s.content
    found: list[str] = []
    if s.reached:
        named = content.finance or content.name or picture.identifiers != _CPR_ALONE
        if s.national_id and named and not s.trusted:
            found.append("R2")
        if (
            content.place
            or picture.safety == "yes"
            or (picture.protected == "yes" and (s.address or picture.relation == "opposing_party"))
        ):
            found.append("R3")
        if content.special:
            found.append("R4")
    happened = s.exposure != "none_with_evidence" or picture.availability in ("temporary", "permanent")
    if picture.malicious == "yes" and not s.unreadable and (happened or picture.integrity != "none"):
        found.append("R5")
    changed = picture.availability in ("temporary", "permanent") or picture.integrity != "none"
    if picture.effect == "yes" and (changed or picture.availability == "recoverable"):
        found.append("R6")
    if s.reached:
        limit = ruleset.people
        if picture.people > limit.over or (picture.recipients > limit.recipients_over and picture.kind != "intended"):
            found.append("R7")
        if s.confidential and picture.kind in ruleset.private and picture.relation != "none":
            found.append("R8")
        open_system = s.exposure == "exposed" or "it_system" in picture.media
        if open_system and picture.access == "yes" and picture.logs != "yes":
            found.append("R10")
        if _beyond_small(s):
            found.append("R13")
    return found


def _beyond_small(s: Situation) -> bool:
    """Says whether it is more than the small case that need not be notified (Datatilsynet 2021-32-2067).

    That one has no confidential data, unless a trusted recipient has confirmed deletion, and recipients who are known.
    What only went an unsafe way to the right recipient is R2's and R4's matter.
    """
    picture = s.picture
    settled = s.trusted and picture.deletion == "yes"
    if not settled and not s.in_transit and (s.content.insight or s.national_id):
        return True
    unknown = (
        picture.exposure == "unknown_recipients" or picture.published == "yes" or picture.kind in ("public", "thief")
    )
    return unknown and not s.content.public


def _ceilings(s: Situation) -> list[str]:
    picture, found = s.picture, []
    intact = picture.integrity in ("none", "altered_no_wrong_use")
    back = picture.availability in ("none", "recoverable") or (
        picture.restorable == "yes" and picture.availability != "permanent"
    )
    if s.unreadable and intact and back and picture.effect != "yes":
        found.append("R1")
    unspread = picture.passed_on != "yes" and picture.published != "yes" and picture.malicious != "yes"
    if (
        s.trusted
        and picture.deletion == "yes"
        and unspread
        and not s.national_id
        and s.exposure != "unknown_recipients"
    ):
        found.append("R9")
    harmless = picture.availability != "permanent" and picture.effect != "yes"
    if not s.reached and not s.unreadable and intact and harmless:
        found.append("R12")
    return found
