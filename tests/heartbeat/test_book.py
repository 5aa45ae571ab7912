"""The book of beats: each step once, what is to be sent next, and what is given up."""

from datetime import timedelta

from pipeline.heartbeat.book import Abandoned, Book, Progress, Step, Todo
from schemas.actions import By
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord, Status
from schemas.delivery import Delivery, DeliveryStatus
from schemas.facts import Fact, FactKind
from schemas.values import Role
from tests.routing.scene import T0

BEAT = "999-7F3KQ-2M9XB-T"


def case(*, rung: bool = False, acknowledged: bool = False) -> CaseRecord:
    """A beat's case."""
    fact = Fact(
        fact_id="r",
        kind=FactKind.RUNG_REACHED,
        case_id=BEAT,
        municipality="999",
        occurred_at=T0,
        recorded_at=T0,
        by=By(role=Role.MACHINE, local_id="brudvagt"),
        sender="brudvagt",
    )
    return CaseRecord(
        reference=BEAT,
        municipality="999",
        status=Status.OPEN,
        kind="breach",
        opened_at=T0,
        facts=(fact,) if rung else (),
        acknowledged_by=("heartbeat-listener",) if acknowledged else (),
    )


def delivery(status: DeliveryStatus) -> Delivery:
    """A beat's row in the notification log."""
    alert = Alert(
        alert_id="a",
        kind=AlertKind.CASE,
        level=Level.ACT,
        municipality="999",
        reference=BEAT,
        obligation="acknowledge",
        rung="beat",
        recipient="heartbeat-listener",
        role="dpo",
        channel="heartbeat",
        created_at=T0 + timedelta(seconds=2),
    )
    return Delivery(alert=alert, status=status)


def test_a_beat_comes_to_each_step_once_and_is_acknowledged_and_cleared() -> None:
    """However often a row is written again."""
    book = Book()
    book.sent(BEAT, 100.0)
    rows = [
        *book.case(BEAT, case(), 100.5),
        *book.case(BEAT, case(), 101.0),
        *book.case(BEAT, case(rung=True), 102.5),
        *book.delivery(delivery(DeliveryStatus.INTENDED), 102.6),
        *book.delivery(delivery(DeliveryStatus.SENT), 102.7),
        *book.delivery(delivery(DeliveryStatus.SENT), 102.8),
        *book.case(BEAT, case(rung=True, acknowledged=True), 103.0),
        *book.case(BEAT, case(rung=True, acknowledged=True), 103.1),
        *book.case(BEAT, None, 103.5),
    ]
    assert [(one.step, round(one.after_s, 1), one.todo) for one in rows] == [
        (Step.CASE, 0.5, None),
        (Step.RUNG, 2.5, None),
        (Step.ALERT, 2.6, None),
        (Step.DELIVERED, 2.7, Todo.ACKNOWLEDGE),
        (Step.ACKNOWLEDGED, 3.0, Todo.CLEAR),
        (Step.ERASED, 3.5, None),
    ]
    assert len(book) == 0


def test_a_failed_delivery_is_no_delivery() -> None:
    """The beat waits on, unacknowledged."""
    book = Book()
    book.sent(BEAT, 0.0)
    assert [one.step for one in book.delivery(delivery(DeliveryStatus.FAILED), 1.0)] == [Step.ALERT]


def test_what_is_never_acknowledged_is_given_up_as_failed_and_what_is_not_erased_is_cleared() -> None:
    """Both are handed out to be cleared; only the first is a failure."""
    book, other = Book(), "999-7F3KQ-2M9XB-0"
    book.sent(BEAT, 0.0)
    book.sent(other, 0.0)
    assert list(book.case(other, case(acknowledged=True), 5.0))
    assert list(book.abandon(600.0, 600.0)) == []
    assert list(book.abandon(600.1, 600.0)) == [
        Abandoned(BEAT, failed=True, clear=False),
        Abandoned(other, failed=False, clear=True),
    ]
    assert len(book) == 0


def test_a_beat_whose_report_comes_late_is_cleared_when_its_case_is_there() -> None:
    """An act that overtook its report on the other topic would be refused, and count as somebody's dead letter."""
    book = Book()
    book.sent(BEAT, 0.0)
    assert [one.clear for one in book.abandon(700.0, 600.0)] == [False]
    assert [one.todo for one in book.case(BEAT, case(), 800.0)] == [Todo.CLEAR]
    assert list(book.case(BEAT, case(rung=True), 801.0)) == []


def test_a_beat_that_nobody_knows_to_be_sent_is_not_waited_for_and_cleared_if_it_was() -> None:
    """The broker did not answer: it may have the report all the same."""
    book = Book()
    book.sent(BEAT, 0.0)
    book.unsent(BEAT)
    assert len(book) == 0
    assert list(book.abandon(1_000.0, 10.0)) == []
    assert list(book.case(BEAT, case(), 60.0)) == [Progress(BEAT, Step.CASE, 0.0, Todo.CLEAR)]
    assert list(book.case(BEAT, case(rung=True), 61.0)) == []


def test_another_hearts_beat_is_not_measured_and_only_cleared_if_that_heart_is_dead() -> None:
    """Two hearts side by side each count their own."""
    book = Book()
    book.adopt(BEAT, age_s=590.0, now=0.0)
    assert len(book) == 0
    assert list(book.case(BEAT, case(rung=True, acknowledged=True), 1.0)) == []
    assert list(book.abandon(9.0, 600.0)) == []
    assert list(book.abandon(11.0, 600.0)) == [Abandoned(BEAT, failed=False, clear=True)]
    book.adopt(BEAT, age_s=590.0, now=0.0)
    assert list(book.case(BEAT, None, 1.0)) == []  # its own heart erased it
    assert list(book.abandon(11.0, 600.0)) == []


def test_rows_of_nobodys_beat_are_passed_over() -> None:
    """A beat that was given up comes back late, or another heart's."""
    assert list(Book().case(BEAT, case(), 1.0)) == list[Progress]()
    assert list(Book().delivery(delivery(DeliveryStatus.SENT), 1.0)) == []
