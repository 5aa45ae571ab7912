"""Each rule on the smallest pair of incidents that it tells apart. Scores are worked out by hand from ENISA's annexes."""

import pytest
from pydantic import JsonValue

from schemas.assessment import Band
from schemas.facts import FactKind
from tests.severity.said import HARMLESS, judged, report

Said = dict[str, JsonValue]


def _data(category: str, detail: str = "content", public: str = "unknown") -> Said:
    name: JsonValue = {"category": "name", "detail": "content", "already_public": public}
    return {"data": [name, {"category": category, "detail": detail, "already_public": public}]}


def _to(**recipient: str) -> Said:
    return {"recipient": {"kind": "citizen", "relation": "none", **recipient}}


ABSENCE = _data("school_absence")
TRUSTED: dict[str, str] = {"kind": "steady_supplier", "trust_documented": "yes"}
CLOSED: Said = {"exposure": "none_with_evidence", "medium": "it_system", "availability": "none", "integrity": "none"}
OPEN: Said = {"medium": "it_system", "exposure": "exposed", "access_possible": "yes", **_to(kind="own_department")}
IN_TRANSIT: Said = {"medium": "email", "exposure": "exposed", **_to(kind="intended")}
PEOPLE: dict[int, Said] = {
    n: {"subjects": {"count": {"kind": "exact", "number": n}, "protected_address": "no"}} for n in (1000, 1001)
}


@pytest.mark.parametrize(
    ("rule", "applies", "does_not"),
    [
        ("R1", CLOSED | {"protection": "intact", "key_safe": "yes"}, CLOSED),
        ("R2", _data("cpr"), _data("fine")),
        ("R3", _data("whereabouts"), _data("address")),
        ("R4", _data("health"), _data("health", "hint")),
        ("R4", _data("religious", "some"), _data("care", "some")),
        ("R4", _data("health") | {"protection": "intact", "key_safe": "yes"} | _to(read="yes"),
         _data("health") | {"protection": "intact", "key_safe": "yes"} | _to(read="no")),
        ("R5", {"cause": "internal_malicious"}, {}),
        ("R6", CLOSED | {"availability": "temporary", "effect_on_people": "yes"},
         CLOSED | {"availability": "temporary", "effect_on_people": "no"}),
        ("R7", PEOPLE[1001], PEOPLE[1000]),
        ("R8", ABSENCE | _to(relation="knows_person"), ABSENCE),
        ("R9", _to(**TRUSTED, deletion_confirmed="yes"), _to(**TRUSTED)),
        ("R9", _to(**TRUSTED, deletion_confirmed="yes"), _to(kind="professional", deletion_confirmed="yes")),
        ("R10", OPEN | {"use_excluded_by_logs": "no"}, OPEN | {"use_excluded_by_logs": "yes"}),
        ("R12", CLOSED, {}),
        ("R13", ABSENCE, _data("school_absence", "hint")),
        ("R13", {"identifiers": ["cpr"]}, {}),
        ("R13", ABSENCE | _to(**TRUSTED), ABSENCE | _to(**TRUSTED, deletion_confirmed="yes")),
        ("R13", ABSENCE, ABSENCE | IN_TRANSIT),
        ("R13", _data("habits"), _data("habits", "hint")),
        ("R13", _data("education"), _data("education", "some")),
        ("R13", _data("photo") | {"exposure": "unknown_recipients"},
         _data("photo", public="yes") | {"exposure": "unknown_recipients"}),
    ],
)  # fmt: skip
def test_a_rule_applies_to_the_one_and_not_to_the_other(rule: str, applies: Said, does_not: Said) -> None:
    """Everything but what the rule is about stays the same: a name in a letter to a stranger."""
    assert rule in [fired.rule for fired in judged(report(HARMLESS | applies)).rules]
    assert rule not in [fired.rule for fired in judged(report(HARMLESS | does_not)).rules]


@pytest.mark.parametrize(
    ("said", "band", "score"),
    [
        ({}, Band.LOW, 1.0),  # 1 x 0.75 + 0.25
        (ABSENCE, Band.MEDIUM, 1.75),  # 2 x 0.75 + 0.25, lifted by R13
        (_data("tax") | {"identifiers": ["name_and_contact"]}, Band.HIGH, 3.25),  # financial, base 3
        (_data("income", "full") | {"identifiers": ["name_and_contact"]}, Band.VERY_HIGH, 4.25),  # financial, +1
        (_data("health") | {"exposure": "unknown_recipients"}, Band.HIGH, 3.5),  # 4 x 0.75 + 0.5
        (_data("health") | {"identifiers": ["name_and_birth_date"]}, Band.VERY_HIGH, 4.25),
        ({"data": [{"category": "cpr"}], "identifiers": ["cpr"]}, Band.MEDIUM, 1.75),  # 2 x 0.75, no name; R13
        (OPEN, Band.MEDIUM, 0.75),  # exposed adds nothing; R10
        (PEOPLE[1001], Band.HIGH, 1.75),  # volume makes 2 of 1; R7
        ({"exposure": "unknown_recipients"}, Band.MEDIUM, 1.25),  # R13
        (CLOSED | {"availability": "temporary", "effect_on_people": "yes"}, Band.MEDIUM, 1.0),  # R6
    ],
)
def test_bands_and_scores_by_hand(said: Said, band: Band, score: float) -> None:
    """SE = DPC x EI + CB with ENISA's values, then the floor that applies."""
    got = judged(report(HARMLESS | said))
    assert (got.band, got.score) == (band, score)


def test_a_ceiling_yields_to_intent_and_effect() -> None:
    """Nobody saw the data, but somebody altered them on purpose: no ceiling (R12 blocked by R5)."""
    altered = CLOSED | {"integrity": "altered_no_wrong_use", "cause": "external_malicious"}
    got = judged(report(HARMLESS | altered))
    assert got.band is Band.MEDIUM
    assert [fired.blocked_by for fired in got.rules if fired.rule == "R12"] == ["R5"]


def test_trust_without_a_confirmed_deletion_is_no_ceiling() -> None:
    """EDPB 9/2022 pp. 25-26: some habits, 2 x 1 + 0.25, stay medium until the supplier has confirmed."""
    some = HARMLESS | _data("habits", "some") | {"identifiers": ["name_and_contact"]}
    assert judged(report(some | _to(**TRUSTED))).band is Band.MEDIUM
    assert judged(report(some | _to(**TRUSTED, deletion_confirmed="yes"))).band is Band.LOW


def test_a_colleague_with_need_pages_nobody_for_a_protected_address() -> None:
    """Who works on the case knows the address; safety said to be at stake still pages."""
    need = HARMLESS | _to(kind="colleague_with_need") | {"subjects": {"protected_address": "yes"}}
    assert not judged(report(need)).safety
    assert judged(report(need | {"subjects": {"safety_at_stake": "yes"}})).safety


def test_numbers_that_nobody_gave_may_be_large() -> None:
    """An e-mail can have gone to many, or carry a list of many; one letter that a finder has cannot."""
    mail = HARMLESS | {"medium": "email"}
    to_one: Said = {"recipient": {"kind": "citizen", "relation": "none", "count": {"kind": "exact", "number": 1}}}
    assert judged(report(mail)).band is Band.MEDIUM
    assert judged(report(mail | to_one)).band is Band.LOW
    uncounted: Said = {"subjects": {"protected_address": "no"}}
    assert judged(report(mail | to_one | uncounted, kind=FactKind.MISDELIVERY_RECEIVED)).band is Band.MEDIUM
    assert judged(report(HARMLESS | uncounted, kind=FactKind.MISDELIVERY_RECEIVED)).band is Band.LOW


def test_where_no_single_answer_settles_it_all_are_asked() -> None:
    """CPR whose hint nobody saw: only several losses together would make it grave, so each is asked about."""
    said: Said = {"exposure": "none_with_evidence", "data": [{"category": "cpr", "detail": "hint"}]}
    got = judged(report(said))
    assert [fired.rule for fired in got.rules][-1] == "R11"
    assert "availability" in [one.field for one in got.missing]


OUTAGE: Said = {
    "aspects": ["availability"], "medium": "it_system", "data": [{"category": "health", "detail": "content"}],
    "subjects": {"count": {"kind": "exact", "number": 140}}, "availability": "temporary", "restorable": "yes",
    "effect_on_people": "no",
}  # fmt: skip


def test_an_outage_of_unknown_cause_is_a_doubt_and_not_health_data_in_strangers_hands() -> None:
    """Between Annex B iii and viii: told to the authority; intent is asked for first, and an accident would settle it."""
    got = judged(report(OUTAGE))
    assert (got.band, got.worst_band) == (Band.MEDIUM, Band.VERY_HIGH)
    assert got.missing[0].field == "malicious"
    assert judged(report(OUTAGE | {"cause": "external_malicious"})).inform_subjects
    assert judged(report(OUTAGE | {"aspects": ["availability", "confidentiality"]})).inform_subjects
    assert judged(report(OUTAGE | {"recipient": {"opened": "yes"}})).inform_subjects


def test_a_doubt_that_several_answers_make_is_asked_for_though_the_worst_is_no_graver() -> None:
    """A lost encrypted phone: only loss and its effect together keep it from low, so both are asked about."""
    phone: Said = {
        "cause": "internal_accident", "medium": "device", "data": [{"category": "health", "detail": "content"}],
        "exposure": "exposed", "protection": "intact", "key_safe": "yes", "restorable": "yes",
    }  # fmt: skip
    got = judged(report(phone))
    assert got.band is got.worst_band is Band.MEDIUM
    asked = {one.field for one in got.missing}
    assert {"availability", "effect_on_people"} <= asked
    assert "subjects.protected_address" not in asked
    assert (
        judged(report(phone | {"availability": "recoverable", "effect_on_people": "no", "integrity": "none"})).missing
        == ()
    )


def test_what_nobody_saw_is_not_asked_for_its_encryption() -> None:
    """Paper that water destroyed was not encrypted, and nobody wants to know."""
    lost: Said = OUTAGE | {"cause": "external_accident", "medium": "paper", "availability": "permanent"}
    assert "protection" not in [one.field for one in judged(report(lost)).missing]
