"""Casework on one case: rungs once each, catching up, repeats, reused ids, acts that wait, one receipt per record."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cases.casework import work
from pipeline.cases.due import asks_nothing
from pipeline.cases.identity import case_digest
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    DAY,
    DEADLINE,
    DPO,
    HOUR,
    OTHER,
    PROTECTED,
    T0,
    Desk,
    acknowledge,
    advise,
    catalogue,
    close,
    decide,
    fact,
    misdelivery,
    report,
    submit,
)

SECOND = timedelta(seconds=1)


def test_after_an_outage_one_demand_names_the_highest_rung_and_those_missed() -> None:
    """Thirty hours over a weekend: +48 was missed by 11, -12 is reached, 30 minutes late (design §5)."""
    desk = Desk().take(report()).live(T0 + 30 * HOUR + HOUR / 2)
    desk.wake(T0 + 60 * HOUR + HOUR / 2)
    (demand,) = desk.case.demands
    assert (demand.rung, demand.missed) == ("minus_12h", ("plus_48h",))
    assert demand.rung_due_at == T0 + 60 * HOUR
    assert demand.lateness_s == 1800.0
    late = {str(one.body["rung"]): one.body["late_s"] for one in desk.case.facts if one.kind == "rung.reached"}
    assert late["plus_48h"] == 12.5 * 3600


def test_a_claim_of_long_ago_is_late_only_since_it_was_told() -> None:
    """Nobody could have rung before anybody told us; the ladder is climbed at once, overdue once and not a thousand times."""
    desk = Desk().take(report(T0, {"received_by_unit_at": (T0 - 500 * DAY).isoformat()}))
    assert [name for name, _, _ in desk.rungs()].count("overdue") == 1
    assert desk.demand().rung == "overdue"
    assert desk.demand().lateness_s == 0.0
    assert desk.case.wake_at is not None
    assert T0.timestamp() < desk.case.wake_at <= (T0 + DAY).timestamp()


@settings(max_examples=15, deadline=None)
@given(pauses=st.lists(st.integers(1, 60 * 30), min_size=1, max_size=12))
def test_each_due_rung_is_one_fact_however_the_worker_wakes(pauses: list[int]) -> None:
    """Waking late, early or often records the same rungs by due time, each once, none before its time."""
    desk, now = Desk().take(report(T0, PROTECTED)), T0
    for minutes in pauses:
        now += timedelta(minutes=minutes)
        desk.wake(now)
        desk.wake(now)
    prompt = Desk().take(report(T0, PROTECTED)).live(now)
    assert sorted((name, due) for name, due, _ in desk.rungs()) == sorted(
        (name, due) for name, due, _ in prompt.rungs()
    )
    assert len({(name, due) for name, due, _ in desk.rungs()}) == len(desk.rungs())
    assert all(recorded >= due for _, due, recorded in desk.rungs())


def test_a_rung_is_not_due_a_second_early() -> None:
    """At its second it is; the wake-up names exactly that second."""
    desk = Desk().take(report()).wake(T0 + 24 * HOUR - SECOND)
    assert desk.last is not None
    assert not desk.last.changed
    assert desk.wake(T0 + 24 * HOUR).demand().rung == "plus_24h"


def test_working_the_same_facts_again_changes_nothing_and_writes_nothing() -> None:
    """A replay of the topic: nothing is written, nothing is asked of other cases, repeats are answered as such."""
    facts = [
        misdelivery(),
        acknowledge(T0 + HOUR),
        decide(T0 + 2 * HOUR),
        submit(T0 + 3 * HOUR, complete="no"),
        close(T0 + 4 * HOUR, "duplicate_of", duplicate_of=OTHER),
    ]
    desk = Desk()
    for one in facts:
        desk.take(one)
    again = work(desk.record, facts, T0 + 4 * HOUR, catalogue())
    assert not again.changed
    assert again.record == desk.record
    assert again.facts == []
    assert [str(one.outcome) for one in again.receipts] == ["duplicate"] * 5


def test_when_nothing_is_due_nothing_is_written() -> None:
    """A timer that comes too early changes nothing."""
    desk = Desk().take(report())
    assert not work(desk.record, [], T0 + HOUR, catalogue()).changed


def test_the_same_id_with_other_data_is_a_further_fact_and_flagged() -> None:
    """It is never taken for a duplicate: what it says counts."""
    desk = Desk().take(report(T0, event="e-7")).take(report(T0 + HOUR, PROTECTED, event="e-7"))
    assert desk.outcomes() == ["accepted", "accepted"]
    assert [one.flags for one in desk.receipts] == [(), ("id_reused",)]
    assert len([one for one in desk.case.facts if one.kind == FactKind.REPORT_RECEIVED]) == 2
    assert desk.case.outcome == "high_risk"


def test_another_senders_same_id_is_no_reuse() -> None:
    """An id is unique within its source; and the same sender's next id is nobody's."""
    desk = Desk().take(report(T0, event="e-7"))
    desk.take(fact(FactKind.REPORT_RECEIVED, T0 + HOUR, event="e-7", source="/forms/657/citizen"))
    desk.take(report(T0 + HOUR, event="e-8"))
    assert [one.flags for one in desk.receipts] == [(), (), ()]


def test_an_act_on_a_case_nobody_reported_waits_a_day_and_is_then_refused() -> None:
    """Not counted, not shown; after 24 hours a dead letter `unknown_case` with a rejected receipt."""
    desk = Desk().take(act := acknowledge(T0))
    assert (desk.status(), desk.case.obligations, desk.case.demands) == ("awaited", (), ())
    assert desk.receipts == []
    desk.wake(T0 + 24 * HOUR - SECOND)
    assert desk.status() == "awaited"
    desk.wake(T0 + 24 * HOUR)
    assert desk.record is None
    assert desk.last is not None
    assert desk.last.changed
    assert [(one.fact_id, problem.code) for one, problem in desk.refused] == [(act.fact_id, "unknown_case")]
    assert desk.outcomes() == ["rejected"]


@pytest.mark.parametrize("late_first", [True, False])
def test_of_two_copies_of_a_waiting_act_each_is_answered_once(late_first: bool) -> None:
    """They came by two partitions; whichever casework reads first, the earlier one is kept, and judged when its day is over."""
    early = fact(FactKind.ALERT_ACKNOWLEDGED, T0, by=DPO, event="a-1")
    late = fact(FactKind.ALERT_ACKNOWLEDGED, T0 + SECOND, by=DPO, event="a-1")
    assert early.fact_id == late.fact_id
    desk = Desk()
    for one in (late, early) if late_first else (early, late):
        desk.take(one)
    desk.live(T0 + 25 * HOUR)
    assert early.origin is not None
    assert late.origin is not None
    assert [(one.offset, str(one.outcome)) for one in desk.receipts] == [
        (late.origin.offset, "duplicate"),
        (early.origin.offset, "rejected"),
    ]


def test_every_waiting_act_has_its_own_day() -> None:
    """The second came 23 hours after the first: it waits 23 hours longer."""
    desk = Desk().take(acknowledge(T0)).take(later := advise(T0 + 23 * HOUR)).live(T0 + 24 * HOUR)
    assert [one.fact_id for one in desk.case.facts] == [later.fact_id]
    assert desk.outcomes() == ["rejected"]
    assert desk.live(T0 + 47 * HOUR).record is None
    assert desk.outcomes() == ["rejected", "rejected"]


def test_a_waiting_act_is_accepted_when_the_report_comes() -> None:
    """Then, and not before, its sender is answered."""
    desk = Desk().take(acknowledge(T0)).take(report(T0 + HOUR))
    assert desk.owed() == ["advise", "decide", "submit"]
    assert sorted(desk.outcomes()) == ["accepted", "accepted"]
    assert {one.offset for one in desk.receipts} == {one.origin.offset for one in desk.case.facts if one.origin}


def test_a_closing_that_waited_is_judged_like_one_that_did_not() -> None:
    """It was faster than the report on another partition: with obligations open it is refused all the same."""
    reported, closed = report(T0), close(T0 + SECOND)
    desk = Desk().take(closed).take(reported, now=T0 + HOUR)
    assert desk.status() == "open"
    assert [problem.code for _, problem in desk.refused] == ["obligations_open"]
    assert sorted(desk.outcomes()) == ["accepted", "rejected"]
    assert desk.case.wake_at is not None


def test_a_duplicate_closing_that_waited_asks_the_other_case() -> None:
    """The request goes out when the case is reported, with its first signal."""
    desk = Desk().take(close(T0 + SECOND, "duplicate_of", duplicate_of=OTHER)).take(report(T0), now=T0 + HOUR)
    (request,) = desk.facts
    assert (request.kind, request.case_id) == (FactKind.CASE_ABSORB_REQUESTED, OTHER)
    assert request.body["signal_at"] == T0.isoformat()


def test_waiting_acts_are_not_erased_unanswered() -> None:
    """An erasure of what nobody reported is refused; the acts that wait keep their day and their answer."""
    desk = Desk().take(acknowledge(T0)).take(fact(FactKind.CASE_ERASED, T0 + HOUR, {"reason": "r"}, by=DPO))
    desk.live(T0 + 2 * DAY)
    assert desk.outcomes() == ["rejected", "rejected"]


def test_another_correlation_under_the_same_reference_is_refused() -> None:
    """Fifty bits may collide; the full digest tells, and operations are paged by the dead letter."""
    stranger = report(T0 + HOUR).model_copy(update={"digest": case_digest("657", "another"), "fact_id": "f" * 32})
    desk = Desk().take(report()).take(stranger)
    assert [problem.code for _, problem in desk.refused] == ["reference_collision"]
    assert desk.outcomes() == ["accepted", "rejected"]


def test_of_one_notice_to_many_municipalities_the_first_case_answers() -> None:
    """A fan-out has one ingress record: accepted once, a repeat is answered once."""
    first = report(T0)
    second = first.model_copy(update={"origin": first.origin and first.origin.model_copy(update={"answers": False})})
    desk, other = Desk(), Desk()
    for _ in range(2):
        desk.take(first)
        other.take(second)
    assert (desk.outcomes(), other.outcomes()) == (["accepted", "duplicate"], [])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_ingress_record_is_answered_exactly_once(data: st.DataObject) -> None:
    """Promise 1, in any order, with repeats, with acts before the report, and with or without a report at all."""
    pool: list[Fact] = [
        report(T0), misdelivery(T0 + HOUR), acknowledge(T0), decide(T0 + HOUR, "no", reason="r"), submit(T0 + HOUR),
        close(T0 + 2 * HOUR), close(T0 + 3 * HOUR, "not_a_breach", reason="r"),
        close(T0 + 3 * HOUR, "duplicate_of", duplicate_of=OTHER),
        fact(FactKind.CASE_ERASED, T0 + 4 * HOUR, {"reason": "r"}, by=DPO),
    ]  # fmt: skip
    records = []
    for number, one in enumerate(data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=9))):
        assert one.origin is not None
        records.append(one.model_copy(update={"origin": one.origin.model_copy(update={"offset": number})}))
    desk = Desk()
    for at in range(0, len(records), size := data.draw(st.integers(1, 4))):
        desk.take(*records[at : at + size], now=T0 + 5 * HOUR)
    desk.wake(T0 + 40 * HOUR)
    assert sorted(one.offset for one in desk.receipts) == list(range(len(records)))
    rejected = sorted(one.offset for one in desk.receipts if one.outcome == "rejected")
    assert rejected == sorted(one.origin.offset for one, _ in desk.refused if one.origin)


def test_a_slow_local_clock_holds_back_no_opening_alert() -> None:
    """The broker's time on the fact is later than ours: the opening rung is reached all the same."""
    desk = Desk().take(report(), now=T0 - HOUR)
    assert desk.demand().rung == "opening"


def test_machine_facts_are_owed_no_receipt() -> None:
    """A chain that ended without an answer came from no ingress record."""
    plain = fact(FactKind.CHAIN_EXHAUSTED, T0 + HOUR).model_copy(update={"origin": None})
    assert Desk().take(report()).take(plain).outcomes() == ["accepted"]


def test_the_deadline_passes_loudly() -> None:
    """At the deadline and every day after it there is a demand, until somebody files or decides."""
    desk = Desk().take(report()).live(DEADLINE + 10 * DAY)
    assert desk.demand().rung == "overdue"
    assert desk.case.wake_at == (DEADLINE + 11 * DAY).timestamp()
    desk.take(decide(DEADLINE + 10 * DAY + HOUR, "no", reason="r"))
    assert asks_nothing(desk.case)
