"""The order of the acts on a case: acknowledge, advise, decide, submit, reference of the receipt; and what stops it."""

from datetime import timedelta

import pytest

from pipeline.cases.due import asks_nothing
from schemas.case import ObligationName
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    DAY,
    DEADLINE,
    DPO,
    HARMLESS,
    HOUR,
    T0,
    Body,
    Desk,
    acknowledge,
    advise,
    close,
    decide,
    fact,
    report,
    submit,
)

RECEIPT = "0123456789abcdef0123456789abcdef01234567"  # forty hex digits, as Virk gives


def test_a_report_starts_the_clock_and_rings_at_once() -> None:
    """Friday 15:45 is due Monday 15:45 (worked vector 3); the opening rung asks the DPO to acknowledge."""
    desk = Desk().take(report())
    assert desk.deadline() == DEADLINE
    assert desk.owed() == ["acknowledge", "advise", "decide", "submit"]
    assert (desk.demand().obligation, desk.demand().role, desk.demand().rung) == ("acknowledge", "dpo", "opening")
    assert desk.case.wake_at == (T0 + 24 * HOUR).timestamp()


def test_each_rung_asks_for_the_next_missing_act() -> None:
    """Acknowledge, advise, decide, submit; the last two of the decision maker, for the controller decides (Art. 33(1))."""
    desk = Desk().take(report()).take(acknowledge(T0 + HOUR))
    asked = []
    for done, until in ((None, 24), (advise, 48), (decide, 60)):
        if done is not None:
            desk.take(done(T0 + (until - 1) * HOUR))
        desk.live(T0 + until * HOUR)
        asked.append((desk.demand().rung, str(desk.demand().obligation), desk.demand().role))
    assert asked == [
        ("plus_24h", "advise", "dpo"),
        ("plus_48h", "decide", "decision_maker"),
        ("minus_12h", "submit", "decision_maker"),
    ]


def test_the_ladder_climbs_to_the_deadline_and_then_every_day_without_end() -> None:
    """Opening, +24, +48, -12, -4, -1, 0, then daily; each at its time."""
    desk = Desk().take(report()).live(T0 + 6 * DAY)
    hours = [0, 24, 48, 60, 68, 71, 72, 96, 120, 144]
    names = ["opening", "plus_24h", "plus_48h", "minus_12h", "minus_4h", "minus_1h", "deadline"] + ["overdue"] * 3
    assert desk.rungs() == [(name, T0 + at * HOUR, T0 + at * HOUR) for name, at in zip(names, hours, strict=True)]


def test_a_filing_stops_the_clock_and_asks_for_the_receipt() -> None:
    """Virk's receipt is the only proof (domain §6.3): its reference is owed until it is given."""
    desk = Desk().take(report()).take(submit(T0 + HOUR))
    assert desk.owed() == ["receipt_reference"]
    assert desk.case.clocks[0].submitted_at == T0 + HOUR
    desk.live(T0 + 30 * DAY)
    assert "overdue" not in {name for name, _, _ in desk.rungs()}
    assert desk.demand("receipt_reference").role == "decision_maker"
    desk.take(submit(T0 + 31 * DAY, "follow_up", receipt_reference=RECEIPT))
    assert desk.owed() == []
    assert desk.case.clocks[0].submitted_at == T0 + HOUR
    assert asks_nothing(desk.case)


@pytest.mark.parametrize("given", [{"receipt_reference": RECEIPT}, {"authority_case": "2021-442-13805"}])
def test_either_reference_of_the_authority_settles_the_receipt(given: Body) -> None:
    """The forty hex digits of the filing, or Datatilsynet's case number."""
    filing = submit(T0 + HOUR)
    filing = filing.model_copy(update={"body": {**filing.body, **given}})
    assert Desk().take(report()).take(filing).owed() == []


def test_a_reasoned_no_stops_the_clock() -> None:
    """The exception of Art. 33(1) must be reasoned; then nothing is owed to the authority."""
    desk = Desk().take(report()).take(decide(T0 + HOUR, "no", reason="Krypteret, nøglen er sikker."))
    assert desk.owed() == []
    assert desk.case.clocks[0].stopped_by is not None
    assert asks_nothing(desk.case)


@pytest.mark.parametrize("reason", [{}, {"reason": ""}])
def test_a_no_without_reason_stops_nothing(reason: Body) -> None:
    """The act is recorded, the clock runs, and the filing stays owed."""
    desk = Desk().take(report()).take(decide(T0 + HOUR, "no", **reason))
    assert desk.outcomes() == ["accepted", "accepted"]
    assert desk.owed() == ["submit"]
    assert desk.live(T0 + 96 * HOUR).demand().rung == "overdue"


def test_a_yes_after_a_no_starts_the_clock_again() -> None:
    """The latest decision counts; the deadline is the old one."""
    desk = Desk().take(report()).take(decide(T0 + HOUR, "no", reason="r")).take(decide(T0 + 2 * HOUR))
    assert desk.owed() == ["submit"]
    assert desk.deadline() == DEADLINE


def test_a_withdrawn_filing_starts_the_clock_again_with_the_old_deadline() -> None:
    """Nothing stands with the authority any more; the time since has passed."""
    desk = Desk().take(report()).take(submit(T0 + HOUR, receipt_reference=RECEIPT))
    desk.take(submit(T0 + 30 * HOUR, "withdrawal"))
    assert desk.case.clocks[0].stopped_by is None
    assert desk.deadline() == DEADLINE
    assert "submit" in desk.owed()
    assert desk.live(T0 + 49 * HOUR).demand().obligation == "submit"


def test_a_filing_after_a_withdrawal_counts_from_itself() -> None:
    """The one that stands was late, although the withdrawn one was not: its reason and its receipt are owed."""
    desk = Desk().take(report()).take(submit(T0 + HOUR, receipt_reference=RECEIPT))
    desk.take(submit(T0 + 30 * HOUR, "withdrawal")).take(submit(T0 + 80 * HOUR))
    assert desk.case.clocks[0].submitted_at == T0 + 80 * HOUR
    assert desk.owed() == ["receipt_reference", "late_reason"]


def test_a_withdrawal_does_not_undo_a_reasoned_no() -> None:
    """Withdrawn because the risk was unlikely after all: the controller's reasoned no holds."""
    desk = Desk().take(report()).take(submit(T0 + HOUR)).take(decide(T0 + 2 * HOUR, "no", reason="r"))
    assert desk.take(submit(T0 + 3 * HOUR, "withdrawal")).owed() == []


@pytest.mark.parametrize(
    ("ended", "taken_back"),
    [
        (submit(T0 + HOUR, receipt_reference=RECEIPT), submit(T0 + 3 * HOUR, "withdrawal")),
        (decide(T0 + HOUR, "no", reason="r"), decide(T0 + 3 * HOUR, "no")),
    ],
)
def test_taking_back_what_ended_the_duty_opens_the_case_again(ended: Fact, taken_back: Fact) -> None:
    """A case closed on a filing that is withdrawn, or on a no whose reason is gone: the old deadline runs, loudly."""
    desk = Desk().take(report()).take(ended).take(close(T0 + 2 * HOUR, "done"))
    assert desk.status() == "closed"
    desk.take(taken_back)
    assert (desk.status(), desk.deadline()) == ("open", DEADLINE)
    assert "submit" in desk.owed()
    assert desk.live(T0 + 96 * HOUR).demand().rung == "overdue"


def test_a_withdrawal_leaves_closed_what_was_found_to_be_no_breach() -> None:
    """Its closing says why nothing is owed; the filing was a courtesy."""
    desk = Desk().take(report()).take(submit(T0 + HOUR)).take(close(T0 + 2 * HOUR, "not_a_breach", reason="r"))
    assert desk.take(submit(T0 + 3 * HOUR, "withdrawal")).status() == "closed"


@pytest.mark.parametrize(("late", "owed"), [(0, False), (1, True)])
def test_a_filing_after_the_deadline_owes_the_reason_for_the_delay(late: int, owed: bool) -> None:
    """Art. 33(1), second sentence; the very second of the deadline is in time."""
    desk = Desk().take(report()).take(submit(DEADLINE + timedelta(seconds=late), receipt_reference=RECEIPT))
    assert (desk.obligation(ObligationName.LATE_REASON) is not None) is owed
    if owed:
        assert desk.owed() == ["late_reason"]
        given = submit(DEADLINE + HOUR, "follow_up", late_reason="Leverandøren svarede ikke.")
        assert desk.take(given).owed() == []


def test_what_counts_is_when_it_was_filed_not_when_it_was_told() -> None:
    """Filed on Monday at noon, told here on Tuesday: in time."""
    desk = Desk().take(report()).live(DEADLINE)
    desk.take(submit(DEADLINE + DAY, filed=DEADLINE - 3 * HOUR, receipt_reference=RECEIPT))
    assert desk.owed() == []
    assert desk.case.clocks[0].submitted_at == DEADLINE - 3 * HOUR


def test_an_incomplete_filing_owes_a_follow_up_until_it_is_complete() -> None:
    """Art. 33(4): in phases, without undue further delay."""
    desk = Desk().take(report()).take(submit(T0 + HOUR, complete="no", receipt_reference=RECEIPT))
    assert desk.owed() == ["follow_up"]
    assert desk.take(submit(T0 + DAY, "follow_up", complete="no")).owed() == ["follow_up"]
    assert desk.live(T0 + 4 * DAY).demand("follow_up").role == "decision_maker"
    assert desk.take(submit(T0 + 5 * DAY, "complete")).owed() == []


def test_a_filing_that_proves_incomplete_again_owes_a_further_follow_up() -> None:
    """Art. 33(4): what was called complete may turn out not to be, and then the rest is owed without undue delay."""
    desk = Desk().take(report()).take(submit(T0 + HOUR, complete="no", receipt_reference=RECEIPT))
    assert desk.take(submit(T0 + 2 * HOUR, "follow_up", complete="yes")).owed() == []
    assert desk.take(submit(T0 + 3 * HOUR, "follow_up", complete="no")).owed() == ["follow_up"]
    assert desk.live(T0 + 3 * HOUR + DAY).demand("follow_up").rung_due_at == T0 + 3 * HOUR + DAY
    assert desk.take(submit(T0 + 30 * HOUR, "complete")).owed() == []


def test_an_act_out_of_order_counts() -> None:
    """Who decides has seen it; who files has decided."""
    assert Desk().take(report()).take(decide(T0 + HOUR)).owed() == ["submit"]
    assert Desk().take(report()).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).owed() == []


def test_acknowledging_stops_no_clock() -> None:
    """It names who is on it; deadline and rungs go on."""
    desk = Desk().take(report()).take(acknowledge(T0 + HOUR))
    assert desk.case.acknowledged_by == ("dpo",)
    assert desk.deadline() == DEADLINE
    assert desk.case.wake_at == (T0 + 24 * HOUR).timestamp()


def test_closing_with_open_obligations_is_refused_in_words() -> None:
    """It names what is owed; acknowledgement and advice are nobody's any more and stand not in the way."""
    desk = Desk().take(report()).take(close(T0 + HOUR))
    ((_, problem),) = desk.refused
    assert problem.code == "obligations_open"
    assert "decide, submit" in problem.reason
    assert desk.outcomes() == ["accepted", "rejected"]
    assert desk.status() == "open"
    assert not any(one.kind == FactKind.CASE_CLOSED for one in desk.case.facts)


@pytest.mark.parametrize("closing", ["done", "register_only"])
def test_closing_is_taken_when_everything_is_settled(closing: str) -> None:
    """Then nothing wakes the case any more."""
    desk = Desk().take(report(T0, HARMLESS)).take(decide(T0 + HOUR, "no", reason="r")).take(close(T0 + DAY, closing))
    assert desk.status() == "closed"
    assert desk.case.wake_at is None
    assert desk.refused == []


def test_not_a_breach_ends_the_duty_only_with_the_reason() -> None:
    """Leaving a breach open can itself be a failure to notify (guidelines 9/2022 para 36): the reason is the record."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach"))
    assert desk.status() == "open"
    assert desk.outcomes() == ["accepted", "rejected"]
    assert desk.live(T0 + DAY).demand().rung == "plus_24h"
    desk.take(close(T0 + 25 * HOUR, "not_a_breach", reason="Ingen personoplysninger."))
    assert desk.status() == "closed"
    assert desk.owed() == []
    assert desk.case.wake_at is None


@pytest.mark.parametrize("news", [report(T0 + 5 * HOUR), None])
def test_a_decision_to_notify_outweighs_an_earlier_not_a_breach(news: Fact | None) -> None:
    """Closed as no breach, then a report that shows it was one, or second thoughts alone: the filing is owed again."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="Ingen personoplysninger."))
    if news is not None:
        desk.take(news)
    desk.take(decide(T0 + 6 * HOUR, "yes"))
    assert (desk.status(), desk.owed()) == ("open", ["submit"])
    assert desk.case.clocks[0].stopped_by is None
    demand = desk.live(DEADLINE + 3 * DAY).demand()
    assert (demand.obligation, demand.rung, demand.rung_due_at) == ("submit", "overdue", DEADLINE + 3 * DAY)
    desk.take(close(DEADLINE + 4 * DAY, "not_a_breach", reason="Alligevel ikke."))
    assert (desk.status(), desk.owed()) == ("closed", [])


def test_second_thoughts_reopen_a_case_that_was_closed_on_a_reasoned_no() -> None:
    """The clock runs from the first signal, as if nobody had said no; a filing made meanwhile would have ended it."""
    desk = Desk().take(report()).take(decide(T0 + HOUR, "no", reason="r")).take(close(T0 + 2 * HOUR))
    assert desk.status() == "closed"
    assert desk.take(decide(T0 + 3 * HOUR, "yes")).owed() == ["submit"]
    filed = Desk().take(report()).take(submit(T0 + HOUR, receipt_reference=RECEIPT)).take(close(T0 + 2 * HOUR))
    assert filed.take(decide(T0 + 3 * HOUR, "yes")).status() == "closed"


def test_an_open_case_is_not_erased() -> None:
    """Close it first."""
    desk = Desk().take(report()).take(fact(FactKind.CASE_ERASED, T0 + HOUR, {"reason": "frist"}, by=DPO))
    assert [problem.code for _, problem in desk.refused] == ["case_open"]
    assert desk.record is not None


def test_a_case_is_not_erased_while_its_events_can_be_replayed() -> None:
    """A replay would open it anew: for 30 days after the last event the sender is told from when on it can be."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r"))
    desk.take(fact(FactKind.CASE_ERASED, T0 + HOUR + 30 * DAY - timedelta(minutes=1), {"reason": "frist"}, by=DPO))
    assert [problem.code for _, problem in desk.refused] == ["retention_running"]
    assert "2026-12-20 15:45 UTC" in desk.refused[0][1].reason
    assert desk.record is not None


def test_a_closed_case_is_erased() -> None:
    """Nothing is left of it, and the sender is told."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r"))
    desk.take(fact(FactKind.CASE_ERASED, T0 + HOUR + 30 * DAY, {"reason": "frist"}, by=DPO))
    assert desk.record is None
    assert desk.last is not None
    assert desk.last.changed
    assert desk.outcomes() == ["accepted"] * 3
