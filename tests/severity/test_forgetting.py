"""Every answer that the property of forgetting leaves out has a witness: a report in which forgetting it does lower."""

import pytest

from schemas.facts import FactKind
from tests.severity.forgetting import Said, forgettable, part_of
from tests.severity.said import GRAVITY, HARMLESS, judged, report

ONE: Said = {"kind": "exact", "number": 1}
SETTLED: Said = {
    **HARMLESS, "published": "no", "integrity": "none", "availability": "none", "malicious": "no",
    "subjects": {"count": ONE, "protected_address": "no"},
}  # fmt: skip
TO: Said = {"kind": "citizen", "relation": "none", "count": ONE, "passed_on": "no"}
REPORT, MISDELIVERY = FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED
INSIDE: Said = {
    "aspects": ["availability"],
    "availability": "recoverable",
    "effect_on_people": "no",
    "restorable": "yes",
}
SEALED: Said = {
    "subjects": {"count": ONE, "protected_address": "yes"},
    "recipient": {**TO, "opened": "no", "read": "no", "returned": "yes"},
}


@pytest.mark.parametrize(
    ("part", "name", "said", "kind"),
    [
        ("recipient", "relation", {"recipient": {**TO, "relation": "opposing_party"}}, REPORT),
        ("subjects", "protected_address", SEALED, REPORT),
        (None, "cause", {"cause": "external_malicious"}, REPORT),
        (None, "cause", {"cause": "external_malicious"}, MISDELIVERY),
        (None, "exposure", {"exposure": "unknown_recipients", "recipient": TO}, MISDELIVERY),
        (None, "exposure", {**INSIDE, "exposure": "unknown_recipients", "recipient": TO}, REPORT),
        ("recipient", "kind", {"recipient": {**TO, "kind": "thief"}}, MISDELIVERY),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_exempt_answer_lowers_when_forgotten(part: str | None, name: str, said: Said, kind: FactKind) -> None:
    """Random reports seldom meet these; without a witness an exemption would be idle."""
    told: Said = {**SETTLED, **said}
    assert (part, name) not in forgettable({"recipient": {}, "subjects": {}, **told}, kind)
    rest = {k: v for k, v in (told if part is None else part_of(told, part)).items() if k != name}
    before, after = (
        judged(report(told, kind=kind)),
        judged(report(rest if part is None else {**told, part: rest}, kind=kind)),
    )
    fell = GRAVITY[after.outcome] < min(GRAVITY[before.outcome], GRAVITY["risk"])
    assert fell or GRAVITY[after.worst] < GRAVITY[before.worst]
