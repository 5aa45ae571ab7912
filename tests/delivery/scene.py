"""An alert to deliver; the time is Monday 23 November 2026, 10.00 in Denmark."""

from datetime import UTC, datetime, timedelta

from schemas.alert import Alert, AlertKind, Level

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REFERENCE = "657-7F3KQ-2M9XB-T"


def alert(number: int = 1, **changed: object) -> Alert:
    """Returns a page to Herning's DPO; `number` makes it another one, created so many minutes later."""
    made = Alert(
        alert_id=f"{number:032x}",
        kind=AlertKind.CASE,
        level=Level.PAGE,
        municipality="657",
        reference=REFERENCE,
        obligation="advise",
        rung="opening",
        recipient="dpo",
        role="dpo",
        channel="mail",
        outcome="high_risk",
        why=("high_risk", "R2"),
        deadline_at=NOW + timedelta(hours=47, minutes=12),
        created_at=NOW + timedelta(minutes=number),
        supersedes="advise-dpo-mail",
    )
    return made.model_copy(update=changed)
