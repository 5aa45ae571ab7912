"""The delivery log's state machine: intended before, a result after, retried, given up, superseded, repeated."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.deliver import on_alert, on_due, on_result, undeliverable, wake_at
from pipeline.delivery.digest import digests
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.pace import Pace
from schemas.alert import Alert, Level
from schemas.delivery import Delivery, DeliveryStatus
from schemas.facts import FactKind
from tests.delivery.scene import NOW, alert

PACE = Pace(attempt_s=30, margin_s=15, first_retry_s=4, retry_cap_s=60, give_up_after_s=3600)
BUSY = Outcome(Error.BUSY, answer="451 later")
REJECTED = Outcome(Error.REJECTED, permanent=True, answer="550 no")


def _arrived(one: Alert | None = None) -> Delivery:
    (made,) = on_alert(one or alert(), (), NOW)
    return made


def _intended() -> Delivery:
    return on_due(_arrived(), NOW, PACE)


def test_intended_is_written_before_the_attempt() -> None:
    """Due at once, with the repeat's timer at budget plus margin."""
    first = _arrived()
    assert (first.status, first.next_at) == (DeliveryStatus.WAITING, NOW.timestamp())
    intended = on_due(first, NOW, PACE)
    assert (intended.status, intended.next_at) == (DeliveryStatus.INTENDED, NOW.timestamp() + 45)
    assert [a.number for a in intended.attempts] == [1]
    assert not intended.repeat


def test_what_waits_for_its_hour_is_not_attempted() -> None:
    """`not_before` of quiet hours and digests is kept."""
    later = NOW + timedelta(hours=3)
    waiting = _arrived(alert(not_before=later))
    assert on_due(waiting, later - timedelta(seconds=1), PACE) == waiting
    assert on_due(waiting, later, PACE).status is DeliveryStatus.INTENDED


def test_sent_ends_the_story() -> None:
    """No timer is left, and no later result changes it."""
    sent = on_result(_intended(), 1, SENT, NOW, PACE)
    assert (sent.status, sent.sent_at, wake_at(sent)) == (DeliveryStatus.SENT, NOW, None)
    assert on_result(sent, 1, BUSY, NOW, PACE) == sent
    assert on_due(sent, NOW + timedelta(days=1), PACE) == sent


def test_transient_waits_and_tries_again() -> None:
    """Half to the whole of the doubled wait: 2–4 s after the first, 4–8 s after the second."""
    failed = on_result(_intended(), 1, BUSY, NOW, PACE)
    assert failed.status is DeliveryStatus.FAILED
    assert failed.next_at is not None
    assert 2 <= failed.next_at - NOW.timestamp() <= 4
    again = on_due(failed, NOW + timedelta(seconds=4), PACE)
    assert (again.status, [a.number for a in again.attempts]) == (DeliveryStatus.INTENDED, [1, 2])
    assert not again.repeat
    failed = on_result(again, 2, BUSY, NOW, PACE)
    assert failed.next_at is not None
    assert 4 <= failed.next_at - NOW.timestamp() <= 8


def test_permanent_gives_up_and_tells_the_chain() -> None:
    """`alert.undeliverable` names alert and channel, no address."""
    gone = on_result(_intended(), 1, REJECTED, NOW, PACE)
    assert (gone.status, gone.next_at) == (DeliveryStatus.GIVEN_UP, None)
    found = undeliverable(gone, NOW)
    assert found is not None
    assert (found.kind, found.body["alert_id"]) == (FactKind.ALERT_UNDELIVERABLE, alert().alert_id)
    assert "@" not in str(found.body)
    assert undeliverable(_intended(), NOW) is None


def test_a_spent_budget_gives_up() -> None:
    """An hour after the first attempt (here) the next failure is the last."""
    failed = on_result(_intended(), 1, BUSY, NOW, PACE)
    late = NOW + timedelta(hours=1)
    assert on_due(failed, late, PACE).status is DeliveryStatus.GIVEN_UP


def test_a_lost_result_is_a_repeat() -> None:
    """Killed between intention and result: when the timer is due the attempt is made again, marked."""
    intended = _intended()
    assert on_due(intended, NOW + timedelta(seconds=44), PACE) == intended
    again = on_due(intended, NOW + timedelta(seconds=45), PACE)
    assert (again.status, again.repeat) == (DeliveryStatus.INTENDED, True)
    assert [a.error for a in again.attempts] == ["result_lost", None]


def test_a_result_that_comes_late_counts_if_it_was_sent() -> None:
    """The first attempt's success, told after the second began, ends the story; its failure does not."""
    again = on_due(_intended(), NOW + timedelta(seconds=45), PACE)
    assert on_result(again, 1, SENT, NOW, PACE).status is DeliveryStatus.SENT
    assert on_result(again, 1, REJECTED, NOW, PACE).status is DeliveryStatus.INTENDED


def test_an_attempt_that_may_have_arrived_marks_the_next_as_a_repeat() -> None:
    """Cut after the content was taken: the person may have it."""
    assert on_result(_intended(), 1, Outcome(Error.CUT), NOW, PACE).repeat
    assert not on_result(_intended(), 1, Outcome(Error.REFUSED), NOW, PACE).repeat


def test_only_the_newest_of_an_obligation_goes_out() -> None:
    """After an outage the older unsent ones are superseded; one that was sent stays sent."""
    waiting, sent = _arrived(alert(1)), on_result(_intended(), 1, SENT, NOW, PACE)
    older, newest = on_alert(alert(2), [waiting], NOW)
    assert (older.status, older.next_at) == (DeliveryStatus.SUPERSEDED, None)
    assert newest.status is DeliveryStatus.WAITING
    (alone,) = on_alert(alert(2), [sent], NOW)
    assert alone.status is DeliveryStatus.WAITING


def test_an_older_alert_that_comes_later_is_superseded() -> None:
    """Order on the wire does not matter."""
    (late,) = on_alert(alert(1), [_arrived(alert(2))], NOW)
    assert late.status is DeliveryStatus.SUPERSEDED


def test_a_repeated_alert_writes_nothing() -> None:
    """The same alert id is the same alert."""
    assert on_alert(alert(), [_intended()], NOW) == ()


def test_other_persons_and_obligations_are_not_superseded() -> None:
    """Only the same obligation, person and channel are rivals."""
    other = _arrived(alert(1, supersedes="decide-direktion-mail"))
    written = on_alert(alert(2), [other], NOW)
    assert [one.alert.alert_id for one in written] == [alert(2).alert_id]


def test_a_superseded_attempt_in_flight_that_arrives_is_told_as_sent() -> None:
    """The log says what happened, not what was wished."""
    flying = _intended().model_copy(update={"status": DeliveryStatus.SUPERSEDED, "next_at": None})
    assert on_result(flying, 1, SENT, NOW, PACE).status is DeliveryStatus.SENT
    assert on_result(flying, 1, BUSY, NOW, PACE).status is DeliveryStatus.SUPERSEDED


@given(st.integers(min_value=1, max_value=10_000), st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_the_back_off_is_capped_and_repeatable(attempt: int, alert_id: str) -> None:
    """Never above the cap, never under half of it once there, and the same at every replay."""
    wait = PACE.back_off_s(alert_id, attempt)
    assert wait == PACE.back_off_s(alert_id, attempt)
    assert 2 <= wait <= 60
    assert attempt < 5 or wait >= 30


def test_a_retry_never_sleeps_past_a_page_step() -> None:
    """The default cap lies under the quarter of an hour of a page's step."""
    assert Pace().retry_cap_s < 15 * 60


def test_a_digest_is_one_message_per_municipality_person_and_channel() -> None:
    """Due items only, never two municipalities in one."""
    item = {"level": Level.DIGEST, "not_before": NOW, "supersedes": None}
    arrived = [
        _arrived(alert(1, **item)),
        _arrived(alert(2, **item)),
        _arrived(alert(3, **item, municipality="530")),
        _arrived(alert(4, **item, recipient="direktion")),
        _arrived(alert(5, level=Level.DIGEST, not_before=NOW + timedelta(hours=1), supersedes=None)),
        _arrived(alert(6)),
    ]
    found = {(d.municipality, d.recipient): [i.alert.alert_id[-1] for i in d.items] for d in digests(arrived, NOW)}
    assert found == {("657", "dpo"): ["1", "2"], ("530", "dpo"): ["3"], ("657", "direktion"): ["4"]}
