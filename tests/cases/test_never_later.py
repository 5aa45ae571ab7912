"""No late, repeated, reordered or further fact moves a deadline later; only a person's word can."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cases.minting import by_machine
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    CASEWORKER,
    DECIDER,
    DPO,
    GRAVE,
    HARMLESS,
    HOUR,
    OTHER,
    PROTECTED,
    REFERENCE,
    T0,
    Body,
    Desk,
    fact,
)

PERSONS = {FactKind.AWARENESS_CORRECTED, FactKind.POLICY_CHOSEN}
"""The two facts that may move a deadline later: both a person's, both with a reason."""

hours = st.integers(-72, 48)


@st.composite
def reports(draw: st.DrawFn) -> Fact:
    """Draws a report with whatever times it claims, past and future."""
    body: Body = dict(draw(st.sampled_from([HARMLESS, GRAVE, PROTECTED, {}])))
    body["reporter"] = {"role": draw(st.sampled_from(["staff", "citizen", "finder", "system", "unknown"]))}
    for name in ("received_by_unit_at", "discovered_at", "processor_aware_at"):
        if draw(st.booleans()):
            body[name] = (T0 + HOUR * draw(hours)).isoformat()
    form = T0 + HOUR * draw(hours) if draw(st.booleans()) else None
    kinds = [FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED, FactKind.REPORT_SUPPLEMENTED]
    at = T0 + HOUR * draw(st.integers(0, 48))
    source = draw(st.sampled_from(["/forms/657/staff", "/forms/657/citizen"]))
    made = fact(draw(st.sampled_from(kinds)), at, body, form=form, source=source)
    return made.model_copy(update={"digest": None})


@st.composite
def acts(draw: st.DrawFn) -> Fact:
    """Draws what people do."""
    kind, by, body = draw(
        st.sampled_from(
            [
                (FactKind.ALERT_ACKNOWLEDGED, DPO, {}),
                (FactKind.DPO_ADVISED, DPO, {}),
                (FactKind.CONTROLLER_DECIDED, DECIDER, {"notify_authority": "no", "reason": "r"}),
                (FactKind.CONTROLLER_DECIDED, DECIDER, {"notify_authority": "yes"}),
                (FactKind.NOTIFICATION_SUBMITTED, DECIDER, {"kind": "initial"}),
                (FactKind.NOTIFICATION_SUBMITTED, DECIDER, {"kind": "withdrawal"}),
                (FactKind.ASSESSMENT_STATED, DPO, {"outcome": "unlikely_risk", "reason": "r"}),
                (FactKind.TASK_DONE, CASEWORKER, {"task": "recall", "answer": "yes"}),
                (FactKind.CASE_CLOSED, DECIDER, {"closing": "not_a_breach", "reason": "r"}),
                (FactKind.CASE_CLOSED, DECIDER, {"closing": "duplicate_of", "duplicate_of": OTHER}),
                (FactKind.POLICY_CHOSEN, DECIDER, {"policy": "gdpr33-dk", "reason": "r"}),
            ]
        )
    )
    if draw(st.integers(0, 4)) == 0:
        ground = draw(st.sampled_from(["investigation", "clerical_error"]))
        kind, by = FactKind.AWARENESS_CORRECTED, DPO
        body = {"aware_at": (T0 + HOUR * draw(hours)).isoformat(), "ground": ground, "reason": "r"}
    return fact(kind, T0 + HOUR * draw(st.integers(0, 60)), dict(body), by=by)


@st.composite
def requests(draw: st.DrawFn) -> Fact:
    """Draws another case's request to be absorbed, or the answer to one."""
    at = T0 + HOUR * draw(st.integers(0, 60))
    signal: Body = {"from": OTHER, "signal_at": (T0 + HOUR * draw(hours)).isoformat(), "broker_at": T0.isoformat()}
    answer: Body = {"into": OTHER}
    kinds = [FactKind.CASE_ABSORB_REQUESTED, FactKind.CASE_ABSORBED, FactKind.CASE_ABSORB_REFUSED]
    kind = draw(st.sampled_from(kinds))
    body = signal if kind == FactKind.CASE_ABSORB_REQUESTED else answer
    return by_machine(kind, case_id=REFERENCE, at=at, identity=(at.isoformat(), str(body)), body=body)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), told=st.lists(st.one_of(reports(), reports(), acts(), requests()), min_size=2, max_size=7))
def test_no_deadline_moves_later_without_a_persons_fact(data: st.DataObject, told: list[Fact]) -> None:
    """Promise 2, step by step: in any order of arrival, with repeats, while time passes and timers come due."""
    desk, deadline, now = Desk(), None, T0 + 60 * HOUR
    for one in data.draw(st.permutations(told * 2)):
        desk.take(one, now=now)
        now += HOUR * data.draw(st.integers(0, 3))
        desk.wake(now)
        present = _deadline(desk)
        if deadline is not None and one.kind not in PERSONS:
            assert present is not None
            assert present <= deadline
        deadline = present


def test_a_report_after_an_investigation_gives_it_no_more_time() -> None:
    """The cap of 24 hours counts from the first signal (guidelines 9/2022 para 34), whatever is told later."""
    body: Body = {"aware_at": (T0 + 40 * HOUR).isoformat(), "ground": "investigation", "reason": "r"}
    desk = Desk().take(fact(FactKind.REPORT_RECEIVED, T0))
    desk.take(fact(FactKind.AWARENESS_CORRECTED, T0 + 41 * HOUR, body, by=DPO))
    assert desk.deadline() == T0 + 96 * HOUR
    desk.take(fact(FactKind.REPORT_RECEIVED, T0 + 30 * HOUR), now=T0 + 41 * HOUR)
    assert desk.deadline() == T0 + 96 * HOUR
    desk.take(fact(FactKind.REPORT_RECEIVED, T0 - HOUR), now=T0 + 41 * HOUR)
    assert desk.deadline() == T0 + 95 * HOUR


def _deadline(desk: Desk) -> datetime | None:
    return desk.deadline() if desk.record is not None and desk.case.clocks else None
