"""The quick way up gives the same row as the long one, byte for byte, and knows when it has to leave a case to it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cases.casework import work
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.climb import climb, foresee, reach
from pipeline.cases.projection import project
from schemas.case import CaseRecord, Status
from schemas.facts import Fact, FactKind
from tests.cases.scene import DECIDER, DPO, GRAVE, HARMLESS, HOUR, PROTECTED, T0, Body, catalogue, fact

ACTS: dict[FactKind, Body] = {
    FactKind.ALERT_ACKNOWLEDGED: {},
    FactKind.DPO_ADVISED: {"advice": "notify"},
    FactKind.CONTROLLER_DECIDED: {"notify_authority": "yes", "inform_subjects": "yes"},
    FactKind.NOTIFICATION_SUBMITTED: {"kind": "initial", "complete": "no"},
    FactKind.SUBJECTS_INFORMED: {"informed": "yes"},
    FactKind.AWARENESS_CORRECTED: {"aware_at": (T0 + HOUR).isoformat(), "ground": "investigation", "reason": "set"},
    FactKind.REPORT_SUPPLEMENTED: {"circumstances": {"subjects": {"protected_address": "yes"}}},
    FactKind.CASE_CLOSED: {"closing": "not_a_breach", "reason": "set"},
    FactKind.ASSESSMENT_STATED: {"outcome": "high_risk", "reason": "set"},
}
OUTAGE: Body = {**GRAVE, "service_disrupted": "yes"}
"""A breach that is an incident too: a second law's clock runs beside the first."""

STAGES = ("early_warning", "notification", "final")
MINUTES = st.integers(0, 6 * 24 * 60)


def _case(body: Body, kind: FactKind = FactKind.MISDELIVERY_RECEIVED) -> CaseRecord:
    record = work(None, [fact(kind, T0, body)], T0, catalogue()).record
    assert record is not None
    return record


def _incident(at: datetime, body: Body) -> Fact:
    return fact(FactKind.INCIDENT_STATED, at, body, by=DPO)


def _act(kind: FactKind, at: datetime) -> Fact:
    return fact(kind, at, dict(ACTS[kind]), by=DECIDER if kind is FactKind.CONTROLLER_DECIDED else DPO)


@settings(max_examples=60, deadline=None)
@given(
    body=st.sampled_from([HARMLESS, GRAVE, PROTECTED, OUTAGE]),
    happenings=st.lists(st.tuples(MINUTES, st.sampled_from([None, None, *ACTS, *STAGES])), max_size=12),
)
def test_any_life_of_a_case_is_the_same_by_either_way(
    body: Body, happenings: list[tuple[int, FactKind | str | None]]
) -> None:
    """Acts and the passing of time in any order: whenever the quick way takes a case, its row is the long one's."""
    record, quick = _case(body), 0
    for minutes, kind in sorted(happenings, key=lambda one: one[0]):
        now = T0 + timedelta(minutes=minutes, seconds=1)
        if kind is not None:
            act = _act(kind, now) if isinstance(kind, FactKind) else _incident(now, {"filed": kind})
            changed = work(record, [act], now, catalogue()).record
            assert changed is not None
            record = changed
            continue
        climbed = climb(record.encode(), now, catalogue())
        after = work(record, [], now, catalogue())
        assert after.record is not None
        if climbed is not None:
            quick += 1
            assert climbed.row == after.record.encode()
            new = [one for one in after.record.facts if one not in record.facts]
            assert [one.encoded for one in climbed.facts] == [one.encode() for one in new]
        else:
            assert not after.changed or record.facts[-1].recorded_at >= now or record.status is not Status.OPEN
        record = after.record


@settings(max_examples=60, deadline=None)
@given(
    body=st.sampled_from([HARMLESS, GRAVE, PROTECTED, OUTAGE]),
    late=st.lists(st.sampled_from([0.0, 0.0015, 1.0, 59.0, 3600.0, 90_000.0]), max_size=9),
    act=st.sampled_from([None, *ACTS]),
)
def test_what_was_foreseen_before_the_time_is_what_the_long_way_finds_then(
    body: Body, late: list[float], act: FactKind | None
) -> None:
    """Looked up when the case was written, written down when the time has come, however late: the same row, or none."""
    record = _case(body)
    if act is not None:
        record = work(record, [_act(act, T0 + HOUR)], T0 + HOUR, catalogue()).record or record
    for seconds in late:
        if record.wake_at is None:
            return
        seen = foresee(record.encode(), datetime.fromtimestamp(record.wake_at, UTC), catalogue())
        now = datetime.fromtimestamp(record.wake_at, UTC) + timedelta(seconds=seconds)
        after = work(record, [], now, catalogue()).record
        assert after is not None
        assert seen is not None
        climbed = reach(record.encode(), seen, now)
        if climbed is None:
            assert now.timestamp() >= seen.wake_at  # the next rung is due too by now
        else:
            assert climbed.row == after.encode()
        assert reach(record.encode(), seen, datetime.fromtimestamp(record.wake_at, UTC) - timedelta(seconds=1)) is None
        record = after


def test_a_case_that_was_opened_again_keeps_to_the_same_row() -> None:
    """Closed for five days, then the controller decides to notify: what fell due meanwhile is neither late nor repeated."""
    facts = [
        fact(FactKind.MISDELIVERY_RECEIVED, T0, GRAVE),
        _act(FactKind.CASE_CLOSED, T0 + HOUR),
        _act(FactKind.CONTROLLER_DECIDED, T0 + 130 * HOUR),
    ]
    record = project(facts, {}, catalogue())
    assert record.reopened_at == T0 + 130 * HOUR
    now = T0 + 130 * HOUR + timedelta(seconds=1)
    row, after = record.encode(), work(record, [], now, catalogue()).record
    climbed = climb(row, now, catalogue())
    assert climbed is not None
    assert after is not None
    assert climbed.row == after.encode()
    told = [orjson.loads(one.encoded)["body"] for one in climbed.facts]
    assert {one["late_s"] for one in told} == {1.0}
    assert len([one for one in told if one["rung"] == "overdue"]) == 1


@pytest.mark.parametrize("body", [HARMLESS, GRAVE, OUTAGE], ids=["harmless", "grave", "outage"])
def test_a_case_overdue_for_weeks_keeps_to_the_same_row(body: Body) -> None:
    """Forty rungs on, each by the quick way, the row is what the facts give from the start."""
    record = _case(body)
    row = record.encode()
    for _ in range(40):
        now = datetime.fromtimestamp(orjson.loads(row)["wake_at"], UTC)
        climbed = climb(row, now, catalogue())
        after = work(record, [], now, catalogue()).record
        assert climbed is not None
        assert after is not None
        row, record = climbed.row, after
    assert row == record.encode()
    assert sum(one.kind == FactKind.RUNG_REACHED for one in record.facts) > 40


def test_what_a_newer_version_wrote_is_carried_through() -> None:
    """Fields that this version does not know stand in the row afterwards as before."""
    known = orjson.loads(_case(HARMLESS).encode())
    known["assessment"]["sky"] = {"colour": "grey"}
    known["facts"][0]["mood"] = 3
    climbed = climb(orjson.dumps(known), T0 + 30 * HOUR, catalogue())
    assert climbed is not None
    after = orjson.loads(climbed.row)
    assert after["assessment"]["sky"] == {"colour": "grey"}
    assert after["facts"][0]["mood"] == 3
    assert len(after["facts"]) > len(known["facts"])


def test_another_codes_projection_is_made_anew() -> None:
    """A row that other code or other dated data projected is left to `work`, which sees the facts afresh."""
    shipped = catalogue()
    row = _case(HARMLESS).encode()
    other = Catalogue(shipped.policies[:1] * 2, shipped.rulesets)
    assert other.mark != shipped.mark
    assert climb(row, T0 + 30 * HOUR, other) is None
    assert climb(row, T0 + 30 * HOUR, shipped) is not None


@pytest.mark.parametrize("early", [timedelta(0), timedelta(seconds=5)])
def test_a_clock_behind_the_last_fact_takes_the_long_way(early: timedelta) -> None:
    """Where a new rung would not stand last, the union says where it stands."""
    record = _case(HARMLESS)
    late = work(record, [_act(FactKind.ALERT_ACKNOWLEDGED, T0 + 30 * HOUR + early)], T0 + HOUR, catalogue()).record
    assert late is not None
    assert climb(late.encode(), T0 + 30 * HOUR, catalogue()) is None


def test_nothing_due_is_nothing_to_climb() -> None:
    """Before its time a row is left alone."""
    assert climb(_case(HARMLESS).encode(), T0 + timedelta(seconds=1), catalogue()) is None
