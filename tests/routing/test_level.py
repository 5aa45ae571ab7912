"""Each row of design §9's levels."""

from datetime import datetime

import pytest

from pipeline.routing.level import Reason, level_and_reason
from schemas.actions import Outcome
from schemas.alert import Level
from schemas.assessment import Assessment, Band
from schemas.case import CaseRecord, ObligationName
from tests.routing.scene import HOUR, MINUTE, T0, case, demand, policy

DEADLINE = T0 + 72 * HOUR


def _assessment(*, safety: bool) -> Assessment:
    return Assessment(
        outcome=Outcome.RISK,
        band=Band.MEDIUM,
        worst=Outcome.HIGH_RISK,
        worst_band=Band.HIGH,
        score=2.0,
        dpc=2.0,
        ei=1.0,
        cb=0.0,
        notify_authority=True,
        inform_subjects=False,
        safety=safety,
        ruleset="test",
        ruleset_hash="0" * 64,
    )


@pytest.mark.parametrize(
    ("record", "now", "level", "reason"),
    [
        (case(Outcome.HIGH_RISK), T0, Level.PAGE, Reason.HIGH_RISK),
        (case(Outcome.RISK), T0, Level.ACT, Reason.RISK),
        (case(None), T0, Level.ACT, Reason.UNDECIDED),
        (case(Outcome.UNLIKELY_RISK), T0, Level.DIGEST, Reason.UNLIKELY_RISK),
        (case(Outcome.RISK), DEADLINE - 12 * HOUR - MINUTE, Level.ACT, Reason.RISK),
        (case(Outcome.RISK), DEADLINE - 12 * HOUR, Level.PAGE, Reason.LITTLE_TIME),
        (case(Outcome.UNLIKELY_RISK), DEADLINE - 11 * HOUR, Level.PAGE, Reason.LITTLE_TIME),
        (case(Outcome.UNLIKELY_RISK), DEADLINE, Level.PAGE, Reason.OVERDUE),
        (case(Outcome.RISK, stopped_by="decision"), DEADLINE - HOUR, Level.ACT, Reason.RISK),
        (case(Outcome.HIGH_RISK, stopped_by="submission"), DEADLINE + HOUR, Level.ACT, Reason.RISK),
    ],
)
def test_each_row_of_the_table(record: CaseRecord, now: datetime, level: Level, reason: Reason) -> None:
    """High risk, overdue and little time page while the authority has no answer; risk and undecided act; else digest."""
    assert level_and_reason(record, record.demands[0], policy(), now) == (level, reason)


def test_telling_the_persons_stays_loud_after_the_filing() -> None:
    """A submission to the authority does not quieten the duty to tell persons at high risk (Art. 34)."""
    asked = demand(ObligationName.INFORM_SUBJECTS)
    record = case(Outcome.HIGH_RISK, demands=[asked], stopped_by="submission")
    assert level_and_reason(record, asked, policy(), T0) == (Level.PAGE, Reason.HIGH_RISK)


def test_a_missing_receipt_number_wakes_nobody() -> None:
    """High risk and filed: the reference of the receipt is asked for without a page."""
    asked = demand(ObligationName.RECEIPT_REFERENCE)
    record = case(Outcome.HIGH_RISK, demands=[asked], stopped_by="submission")
    assert level_and_reason(record, asked, policy(), T0)[0] is Level.ACT


def test_worst_alone_pages_nobody_but_safety_does() -> None:
    """The plausible worst pages only where a protected address or a person's safety is involved (design §4)."""
    quiet = case(Outcome.RISK).model_copy(update={"assessment": _assessment(safety=False)})
    grave = case(Outcome.RISK).model_copy(update={"assessment": _assessment(safety=True)})
    assert level_and_reason(quiet, demand(), policy(), T0) == (Level.ACT, Reason.RISK)
    assert level_and_reason(grave, demand(), policy(), T0) == (Level.PAGE, Reason.SAFETY)
