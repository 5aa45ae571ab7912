"""A person's correction of the awareness, and how far it may go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.clock.claims import Signal, moment
from pipeline.clock.localtime import long_form
from schemas.actions import CorrectionGround
from schemas.facts import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Correction:
    """The correction that counts: what was claimed, and what of it the limits let stand."""

    fact_id: str
    claimed_at: datetime
    aware_at: datetime


def corrected(
    facts: Sequence[Fact],
    signals: Sequence[Signal],
    broker: Sequence[datetime],
    cap: timedelta,
    floor: datetime,
) -> tuple[Correction | None, tuple[str, ...]]:
    """Returns the latest correction that can count, within its limits, and in Danish words those that cannot.

    `investigation` ends at most `cap` after the first signal. `clerical_error` ends at most at the first broker time,
    and covers the claims that the person could know: a report recorded after it brings its own. `floor` is where the
    rule of law itself begins (design §5).
    """
    counted: list[tuple[datetime, str, datetime, str]] = []
    refused: list[str] = []
    for fact in facts:
        if fact.kind != FactKind.AWARENESS_CORRECTED:
            continue
        claimed, ground = moment(fact.body.get("aware_at")), fact.body.get("ground")
        if claimed is None or ground not in tuple(CorrectionGround):
            refused.append(f"Rettelsen {long_form(fact.recorded_at)} kan ikke læses og tæller ikke.")
        elif claimed > fact.recorded_at:
            refused.append(
                f"Rettelsen {long_form(fact.recorded_at)} til {long_form(claimed)} ligger i fremtiden og tæller ikke."
            )
        else:
            counted.append((fact.recorded_at.astimezone(UTC), fact.fact_id, claimed, str(ground)))
    if not counted:
        return None, tuple(refused)
    recorded_at, fact_id, claimed, ground = max(counted)
    if ground == CorrectionGround.INVESTIGATION:
        limit = min(one.at for one in signals) + cap
    else:
        limit = min([*broker, *(one.at for one in signals if one.told_at > recorded_at)])
    return Correction(fact_id, claimed, max(min(claimed, limit), floor)), tuple(refused)
