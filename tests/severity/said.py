"""What senders and persons say, as facts, in the fewest words."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from pipeline.severity.assess import assess
from pipeline.severity.ruleset import RuleSet, load_rulesets
from schemas.actions import By
from schemas.assessment import Assessment
from schemas.facts import Fact, FactKind
from schemas.values import Role

ROOT = Path(__file__).parents[2]
RULESET: RuleSet = load_rulesets(ROOT / "deploy" / "rulesets")[0]
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
GRAVITY = {"unlikely_risk": 0, "risk": 1, "high_risk": 2}
BAND = {"low": 0, "medium": 1, "high": 2, "very_high": 3}


def fact(
    body: Mapping[str, JsonValue],
    *,
    kind: str = FactKind.REPORT_RECEIVED,
    sender: str = "/forms/a",
    minute: int = 0,
    role: Role = Role.SENDER,
) -> Fact:
    """Returns one fact with that body, recorded `minute` minutes after the start."""
    at = START + timedelta(minutes=minute)
    return Fact(
        fact_id=hashlib.sha256(repr((minute, kind, sender, body)).encode()).hexdigest()[:32],
        kind=kind,
        case_id="657-00000-00000-0",
        municipality="657",
        occurred_at=at,
        recorded_at=at,
        by=By(role=role, local_id="x1"),
        sender=sender,
        body=dict(body),
    )


def report(
    circumstances: Mapping[str, JsonValue],
    *,
    kind: str = FactKind.REPORT_RECEIVED,
    sender: str = "/forms/a",
    minute: int = 0,
    area: str | None = None,
) -> Fact:
    """Returns a report with these circumstances."""
    body: dict[str, JsonValue] = {"circumstances": dict(circumstances)}
    if area is not None:
        body["place"] = {"area": area}
    return fact(body, kind=kind, sender=sender, minute=minute)


def judged(*facts: Fact, municipality: str = "657") -> Assessment:
    """Returns the assessment of these facts under the released rule set."""
    return assess(facts, RULESET, municipality)


HARMLESS: dict[str, JsonValue] = {
    "aspects": ["confidentiality"],
    "cause": "internal_accident",
    "medium": "letter",
    "data": [{"category": "name", "detail": "content"}],
    "identifiers": ["name"],
    "subjects": {"count": {"kind": "exact", "number": 1}, "protected_address": "no"},
    "exposure": "known_recipients",
    "recipient": {"kind": "citizen", "relation": "none"},
    "protection": "none",
}
"""A letter with a name and nothing else to a stranger: EDPB 01/2021 case 13 in small."""
