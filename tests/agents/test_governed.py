"""A worker whose installation lacks the policy of a case refuses to start: design §5."""

from collections.abc import Callable

import pytest

from agents import casework, routing
from agents.context import Context
from agents.governed import LacksPolicy
from pipeline.engine import Stage
from schemas.case import CaseRecord
from tests.cases.scene import HOUR, REFERENCE, T0, Desk, close, report
from tests.cases.test_incident import ATTACK
from tests.simulation.runs import context

KEY = REFERENCE.encode()
LOST = "0" * 64


OPEN = Desk().take(report(T0, ATTACK)).case
CLOSED = Desk().take(report(T0, ATTACK)).take(close(T0 + HOUR)).case


def _lost(record: CaseRecord, clock: int) -> bytes:
    """The row as an installation sees it that has not got the file of its clock's policy."""
    row = record.encode()
    changed = row.replace(
        f'"policy_hash":"{record.clocks[clock].policy_hash}"'.encode(), f'"policy_hash":"{LOST}"'.encode()
    )
    assert changed != row
    return changed


@pytest.mark.parametrize("stage_of", [casework.casework, routing.routing])
@pytest.mark.parametrize(("record", "clock"), [(OPEN, 0), (OPEN, 1), (CLOSED, 0)])
def test_a_case_whose_policy_is_missing_keeps_its_partition_closed(
    stage_of: Callable[[Context], Stage], record: CaseRecord, clock: int
) -> None:
    """The sentence names the case, the policy and the remedy. A row that was superseded is history."""
    stage, lost = stage_of(context()), _lost(record, clock)
    assert stage.due is not None
    stage.due(KEY, record.encode())
    stage.opened(0, {KEY: record.encode()})
    assert stage.due(KEY, lost) is None
    stage.opened(0, {KEY: record.encode()})
    with pytest.raises(
        LacksPolicy, match=rf"{REFERENCE} runs under the policy with hash 000000000000.*put the released file"
    ):
        stage.opened(0, {KEY: lost})
