"""When a case may be forgotten, and when it ought to be."""

from datetime import datetime, timedelta
from typing import Final

from schemas.case import CaseRecord, Status
from schemas.facts import FactKind

REPLAYABLE_FOR: Final = timedelta(days=30)
"""As long as the ingress topics keep their records: until then a replay would open an erased case anew."""

_ENDS: Final = frozenset({FactKind.CASE_CLOSED, FactKind.CASE_ABSORBED})


def erasable_from(case: CaseRecord) -> datetime:
    """Returns from when on nothing that came in for the case can be replayed any more; UTC."""
    return max(fact.recorded_at for fact in case.facts) + REPLAYABLE_FOR


def ended_at(case: CaseRecord) -> datetime | None:
    """Returns when the case was closed or taken into another; None while it is open. UTC."""
    if case.status not in (Status.CLOSED, Status.ABSORBED):
        return None
    return max((fact.recorded_at for fact in case.facts if fact.kind in _ENDS), default=None)


def forget_from(case: CaseRecord, keep: timedelta) -> datetime | None:
    """Returns from when on the case ought to be erased: `keep` after its end, but not while it can be replayed."""
    ended = ended_at(case)
    return None if ended is None else max(ended + keep, erasable_from(case))
