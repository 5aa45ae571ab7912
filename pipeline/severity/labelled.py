"""Labelled cases: published incidents as the facts a reporter would have known, and what the source concluded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, JsonValue

from pipeline.severity.assess import assess
from pipeline.severity.ruleset import RuleSet
from schemas.actions import By
from schemas.assessment import Assessment, Band
from schemas.circumstances import Circumstances
from schemas.facts import Fact, FactKind
from schemas.values import InboundKind, Role

_START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
TOO_LOW, TOO_HIGH = 5, 1
"""Harm weights: telling too few people is worse than telling too many."""


class Expected(BaseModel):
    """What the source concluded; a field left out is one that the source makes depend."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    notify: bool | None = None
    inform: bool | None = None
    band: Band | None = None
    safety: bool | None = None


class Case(BaseModel):
    """One labelled case. `circumstances` are one sender's; each of `also` is another's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    source: str
    kind: FactKind = FactKind.REPORT_RECEIVED
    municipality: str = "657"
    area: str | None = None
    concerns: tuple[InboundKind, ...] = (InboundKind.BREACH,)
    circumstances: Circumstances
    also: tuple[Circumstances, ...] = ()
    expect: Expected
    human: str | None = None  # why a person must decide, where the machine is not to agree


class Result(NamedTuple):
    """One case judged: whether it came out right, and how badly it was missed (0 for right)."""

    case: Case
    got: Assessment
    right: bool
    harm: int


def load_cases(path: Path) -> tuple[Case, ...]:
    """Returns the cases in one YAML file. Raises pydantic's ValidationError for facts outside the contract."""
    return tuple(Case.model_validate(row) for row in yaml.safe_load(path.read_text(encoding="utf-8")))


def facts_of(case: Case) -> list[Fact]:
    """Returns the facts that the case's senders would have given."""
    return [_fact(case, said, number) for number, said in enumerate((case.circumstances, *case.also))]


def _fact(case: Case, said: Circumstances, number: int) -> Fact:
    place: dict[str, JsonValue] = {"area": case.area} if case.area else {}
    body: dict[str, JsonValue] = {
        "circumstances": said.model_dump(mode="json", exclude_unset=True),
        "concerns": [str(kind) for kind in case.concerns],
        "place": place,
    }
    at = _START + timedelta(minutes=number)
    return Fact(
        fact_id=f"{number:032x}",
        kind=case.kind,
        case_id=f"{case.municipality}-00000-00000-0",
        municipality=case.municipality,
        occurred_at=at,
        recorded_at=at,
        by=By(role=Role.SENDER, local_id="form"),
        sender=f"/forms/{number}",
        body=body,
    )


def evaluate(cases: Sequence[Case], ruleset: RuleSet) -> tuple[Result, ...]:
    """Returns each case with what the rule set makes of it and whether that is what the source concluded.

    Right is judged by what the law asks: tell the authority, tell the persons. The band is shown, not judged.
    """
    return tuple(_result(case, assess(facts_of(case), ruleset, case.municipality)) for case in cases)


def _result(case: Case, got: Assessment) -> Result:
    pairs = [(case.expect.notify, got.notify_authority), (case.expect.inform, got.inform_subjects)]
    harm = 0
    for wanted, given in pairs:
        if wanted is not None and wanted != given:
            harm += TOO_LOW if wanted else TOO_HIGH
    return Result(case, got, harm == 0, harm)
