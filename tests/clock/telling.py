"""Facts as casework holds them, made short: who told what, when the broker had it, and what it claims."""

import itertools
from datetime import UTC, datetime

from pydantic import JsonValue

from schemas.actions import By
from schemas.facts import Fact, FactKind
from schemas.times import COPENHAGEN
from schemas.values import Role

_SENDER = By(role=Role.SENDER, local_id="form")
_DPO = By(role=Role.DPO, local_id="dpo-1")
_numbers = itertools.count()


def local(text: str) -> datetime:
    """Returns Danish wall time, `2026-11-20 15:45`, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def fact(
    kind: FactKind,
    recorded: datetime,
    body: dict[str, JsonValue] | None = None,
    *,
    fact_id: str | None = None,
    sender: str = "//forms.example/1",
    event_type: str | None = None,
    form: datetime | None = None,
    by: By = _SENDER,
) -> Fact:
    """Returns one fact of one case; a fresh id unless one is given."""
    return Fact(
        fact_id=fact_id or f"{next(_numbers):032x}",
        kind=kind,
        case_id="657-7F3KQ-2M9XB-T",
        municipality="657",
        occurred_at=recorded,
        recorded_at=recorded,
        by=by,
        sender=sender,
        body=body or {},
        event_type=event_type,
        form_recorded_at=form,
    )


def report(recorded: datetime, role: str = "citizen", *, form: datetime | None = None, **claims: datetime) -> Fact:
    """Returns a breach report from a reporter of that role, with the times it claims."""
    body: dict[str, JsonValue] = {"reporter": {"role": role}}
    return fact(FactKind.REPORT_RECEIVED, recorded, body | {k: v.isoformat() for k, v in claims.items()}, form=form)


def correction(recorded: datetime, aware_at: datetime, ground: str, fact_id: str | None = None) -> Fact:
    """Returns the DPO's correction of the awareness."""
    body: dict[str, JsonValue] = {"aware_at": aware_at.isoformat(), "ground": ground, "reason": "efter undersøgelse"}
    return fact(FactKind.AWARENESS_CORRECTED, recorded, body, by=_DPO, sender="dpo:dpo-1", fact_id=fact_id)
