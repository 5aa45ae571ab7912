"""Whether the worst answer to an open question is plausible beside what is known."""

from collections.abc import Callable

from pipeline.severity.picture import UNKNOWN, Picture
from pipeline.severity.ruleset import RuleSet

Test = Callable[[Picture, RuleSet], bool]


def plausible(question: str, picture: Picture, ruleset: RuleSet) -> bool:
    """Says whether the worst answer to an open `question` is plausible; of most questions it always is."""
    test = TESTS.get(question)
    return test is None or test(picture, ruleset)


def shows_address(picture: Picture, ruleset: RuleSet) -> bool:
    """Says whether an address can be read off what went astray: listed, on the item itself, or not known to be absent."""
    return (
        not picture.data_known
        or (picture.misdelivery and not picture.media)
        or "address" in picture.identifiers
        or not picture.media.isdisjoint(ruleset.carries_address)
        or any(datum.category in ruleset.addresses for datum in picture.data)
    )


def _unproven(picture: Picture, ruleset: RuleSet) -> bool:
    return picture.exposure != "none_with_evidence"


def _published(picture: Picture, ruleset: RuleSet) -> bool:
    return picture.exposure == UNKNOWN and not _stopped(picture)


def _passed_on(picture: Picture, ruleset: RuleSet) -> bool:
    return picture.exposure in (UNKNOWN, "known_recipients", "unknown_recipients") and not _stopped(picture)


def _stopped(picture: Picture) -> bool:
    return picture.returned == "yes" or picture.deletion == "yes" or picture.kind == "colleague_with_need"


def _read(picture: Picture, ruleset: RuleSet) -> bool:
    return picture.exposure != "none_with_evidence" and not (
        picture.protection == "intact" and picture.key_safe == "yes"
    )


def _kind(picture: Picture, ruleset: RuleSet) -> bool:
    return picture.exposure != "none_with_evidence" and not picture.misdelivery


def _access(picture: Picture, ruleset: RuleSet) -> bool:
    exposure = picture.exposure
    return exposure in (UNKNOWN, "exposed") or (exposure != "none_with_evidence" and "it_system" in picture.media)


def _effect(picture: Picture, ruleset: RuleSet) -> bool:
    return not (picture.availability == "recoverable" and picture.restorable == "yes" and picture.integrity == "none")


def _safety(picture: Picture, ruleset: RuleSet) -> bool:
    """An alarm that people raise, not a routine question: open only while something points that way."""
    return picture.exposure != "none_with_evidence" and (
        not picture.data_known
        or picture.relation == "opposing_party"
        or any(d.category in ruleset.child or d.category in ruleset.places for d in picture.data)
        or (picture.protected == UNKNOWN and shows_address(picture, ruleset))
    )


TESTS: dict[str, Test] = {
    "published": _published,
    "passed_on": _passed_on,
    "read": _read,
    "opened": _read,
    "kind": _kind,
    "access": _access,
    "effect": _effect,
    "protected": _unproven,
    "protection": _unproven,  # of what nobody saw it is idle to ask whether it could be read
    "safety": _safety,
}
"""By question; one that is not here is always plausible at its worst."""
