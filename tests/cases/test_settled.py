"""Nobody owes anything, and nobody has closed the case: it asks to be closed, for its retention has not begun."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agents.casework import wake_at
from pipeline.cases.casework import work
from pipeline.cases.due import asks_nothing
from schemas.case import Settled
from schemas.facts import Fact, FactKind
from tests.cases.scene import (
    DAY,
    HOUR,
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

MONTH = timedelta(days=30)
DECIDED = T0 + HOUR
NO = decide(DECIDED, "no", reason="Krypteret, nøglen er sikker.")


def settled() -> Desk:
    """Returns a case that was decided with a reason an hour after it was told."""
    return Desk().take(report(), NO)


def test_a_case_that_owes_nothing_says_so_and_wakes_a_month_later() -> None:
    """The machine closes nothing; no open case is without a next wake-up."""
    case = settled().case
    assert case.settled == Settled(since=DECIDED)
    assert asks_nothing(case)
    assert case.wake_at == (DECIDED + MONTH).timestamp()
    assert case.demands == ()


def test_it_asks_every_month_until_somebody_closes_it() -> None:
    """Each reminder is a fact, never late; closing ends them."""
    desk = settled().live(DECIDED + 3 * MONTH)
    asked = [(due, at) for name, due, at in desk.rungs() if name == "unclosed"]
    assert asked == [(DECIDED + n * MONTH, DECIDED + n * MONTH) for n in (1, 2, 3)]
    assert desk.case.settled == Settled(since=DECIDED, asked_at=DECIDED + 3 * MONTH)
    desk.take(close(DECIDED + 3 * MONTH + DAY))
    assert desk.status() == "closed"
    assert desk.case.settled is None
    assert desk.case.wake_at is None


@pytest.mark.parametrize("act", [acknowledge, advise])
def test_whatever_a_person_does_begins_the_month_anew(act: Callable[[datetime], Fact]) -> None:
    """Somebody is at work on it."""
    desk = settled().live(DECIDED + MONTH).take(act(DECIDED + 40 * DAY))
    assert desk.case.settled == Settled(since=DECIDED + 40 * DAY)
    assert desk.case.wake_at == (DECIDED + 40 * DAY + MONTH).timestamp()


def test_what_the_machine_found_out_does_not() -> None:
    """An alert that could not be delivered is no work on the case."""
    lost = fact(FactKind.ALERT_UNDELIVERABLE, DECIDED + DAY, {"alert_id": "a"})
    assert settled().take(lost).case.settled == Settled(since=DECIDED)


def test_what_arises_asks_for_itself() -> None:
    """A report after the decision owes its review: the case is no longer settled, until that is done."""
    desk = settled().take(report(DECIDED + DAY, event="news"))
    assert desk.case.settled is None
    assert desk.owed() == ["review"]
    desk.take(advise(DECIDED + 2 * DAY, "no"))
    assert desk.case.settled == Settled(since=DECIDED + 2 * DAY)


def test_a_running_clock_is_never_settled() -> None:
    """Nor a case on which something else is owed."""
    assert Desk().take(report()).case.settled is None
    told = Desk().take(misdelivery(T0, PROTECTED), submit(T0 + HOUR, receipt_reference="0" * 40))
    assert told.case.clocks[0].stopped_by is not None
    assert told.case.settled is None


def test_after_a_long_outage_every_reminder_stands_once() -> None:
    """The worker was down for three months: three facts, none late, one of them the newest."""
    desk = settled().wake(DECIDED + 3 * MONTH + HOUR)
    reached = [one for one in desk.case.facts if one.kind == FactKind.RUNG_REACHED and one.body["rung"] == "unclosed"]
    assert [one.body["late_s"] for one in reached] == [0.0, 0.0, 0.0]
    assert desk.case.settled == Settled(since=DECIDED, asked_at=DECIDED + 3 * MONTH)
    assert desk.case.wake_at == (DECIDED + 4 * MONTH).timestamp()


def test_a_case_that_is_opened_again_counts_from_what_opened_it() -> None:
    """Closed, told of again, looked at again: a month from the look."""
    desk = settled().take(close(DECIDED + DAY), report(DECIDED + 50 * DAY, event="news"))
    desk.take(advise(DECIDED + 51 * DAY, "no"))
    assert desk.status() == "open"
    assert desk.case.wake_at == (DECIDED + 51 * DAY + MONTH).timestamp()


def test_an_installation_may_ask_sooner() -> None:
    """`remind_unclosed_days` of retention.yaml; it belongs to the mark, for it is part of what a record says."""
    weekly = replace(catalogue(), unclosed_every=7 * DAY)
    change = work(None, [report(), NO], DECIDED, weekly)
    assert change.record is not None
    assert change.record.wake_at == (DECIDED + 7 * DAY).timestamp()
    assert weekly.mark != catalogue().mark


@pytest.mark.parametrize("days", [20, 40])
def test_another_number_counts_from_the_last_reminder(days: int) -> None:
    """Nothing is asked twice for it, and nothing of the past is asked again."""
    other = replace(catalogue(), unclosed_every=timedelta(days=days))
    asked = settled().live(DECIDED + MONTH).case
    change = work(asked, [acknowledge(T0)], DECIDED + MONTH + DAY, other)
    assert change.record is not None
    assert change.record.settled == Settled(since=DECIDED, asked_at=DECIDED + MONTH)
    assert change.record.wake_at == (DECIDED + MONTH + days * DAY).timestamp()


def test_a_complaint_counts_as_settled_from_its_receipt_and_says_so() -> None:
    """No breach by its sender's word: its unit has it, and in a month the DPO is asked whether it can be closed."""
    complaint = Desk().take(report(T0, {"concerns": ["complaint_decision"]}))
    assert complaint.case.settled == Settled(since=T0, elsewhere=True)
    assert complaint.live(T0 + MONTH).case.settled == Settled(since=T0, asked_at=T0 + MONTH, elsewhere=True)


def test_a_row_that_an_earlier_version_let_sleep_is_looked_at_once() -> None:
    """It has no wake-up: casework asks for it a month after its last fact, at once where that is past, and it has one."""
    case = settled().case
    asleep = case.model_copy(update={"settled": None, "wake_at": None, "projected_by": "0" * 32})
    assert asks_nothing(asleep)
    assert wake_at(b"k", asleep.encode()) == (DECIDED + MONTH).timestamp()
    change = work(asleep, [], DECIDED + 2 * MONTH, catalogue())
    assert change.changed
    assert change.record is not None
    assert change.record.settled == Settled(since=DECIDED, asked_at=DECIDED + 2 * MONTH)
    assert wake_at(b"k", change.record.encode()) == (DECIDED + 3 * MONTH).timestamp()


def test_a_closed_row_sleeps_on() -> None:
    """Nothing is due on it."""
    closed = settled().take(close(DECIDED + DAY)).case
    assert wake_at(b"k", closed.encode()) is None
    assert not work(closed, [], DECIDED + 2 * MONTH, catalogue()).changed
