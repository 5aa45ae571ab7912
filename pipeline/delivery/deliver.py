"""The story of an alert as a pure state machine: intended, attempted, sent, tried again, given up or superseded."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pipeline.delivery.outcome import Outcome
from pipeline.delivery.pace import Pace
from pipeline.routing.found import Found
from schemas.alert import Alert
from schemas.delivery import Attempt, Delivery, DeliveryStatus
from schemas.facts import FactKind

_UNSENT = frozenset({DeliveryStatus.WAITING, DeliveryStatus.INTENDED, DeliveryStatus.FAILED})
RESULT_LOST = "result_lost"
"""The error of an attempt whose worker ended before its result was written."""


def on_alert(alert: Alert, known: Iterable[Delivery], now: datetime) -> tuple[Delivery, ...]:
    """Returns the deliveries to write when an alert arrives: its own, and those that it supersedes.

    `known` holds the deliveries with the same `supersedes` (same obligation, person and channel) and any of the same
    alert. A repeated alert writes nothing. Of several unsent ones only the newest (by creation, then id) goes out.
    """
    known = tuple(known)
    if any(one.alert.alert_id == alert.alert_id for one in known):
        return ()
    rivals = [one for one in known if alert.supersedes is not None and one.alert.supersedes == alert.supersedes]
    if any(_age(one.alert) > _age(alert) for one in rivals):
        return (Delivery(alert=alert, status=DeliveryStatus.SUPERSEDED),)
    older = (
        one.model_copy(update={"status": DeliveryStatus.SUPERSEDED, "next_at": None})
        for one in rivals
        if one.status in _UNSENT
    )
    due = max(now, alert.not_before or now)
    return (*older, Delivery(alert=alert, status=DeliveryStatus.WAITING, next_at=due.timestamp()))


def on_due(delivery: Delivery, now: datetime, pace: Pace) -> Delivery:
    """Returns the delivery to write when its time has come. Attempt it after the commit if its status is `intended`.

    `next_at` of an intended one is the attempt's budget plus margin: if no result was written by then, it was lost with
    its worker, and the attempt is repeated, marked as a repeat. What is not due, or finished, comes back unchanged.
    """
    if delivery.next_at is None or delivery.next_at > now.timestamp() or delivery.status not in _UNSENT:
        return delivery
    lost = delivery.status is DeliveryStatus.INTENDED
    attempts = delivery.attempts
    if lost:
        attempts = (*attempts[:-1], attempts[-1].model_copy(update={"ended_at": now, "error": RESULT_LOST}))
    if _budget_over(delivery, now, pace):
        gone = {"status": DeliveryStatus.GIVEN_UP, "next_at": None, "attempts": attempts}
        return delivery.model_copy(update=gone)
    attempt = Attempt(number=len(attempts) + 1, started_at=now)
    return delivery.model_copy(
        update={
            "status": DeliveryStatus.INTENDED,
            "attempts": (*attempts, attempt),
            "next_at": now.timestamp() + pace.attempt_s + pace.margin_s,
            "repeat": delivery.repeat or lost,
        }
    )


def on_result(delivery: Delivery, number: int, outcome: Outcome, now: datetime, pace: Pace) -> Delivery:
    """Returns the delivery to write when the attempt of that number has ended.

    Transient errors wait for the back-off, permanent ones and a spent budget give up. A result that comes late, after
    the attempt was counted as lost, changes nothing unless it was sent: then it is sent.
    """
    if delivery.status is DeliveryStatus.SENT or not 1 <= number <= len(delivery.attempts):
        return delivery
    ended = {"ended_at": now, "error": outcome.error, "permanent": outcome.permanent, "answer": outcome.answer}
    written = delivery.attempts[number - 1].model_copy(update=ended)
    attempts = (*delivery.attempts[: number - 1], written, *delivery.attempts[number:])
    if outcome.error is None:
        sent = {"status": DeliveryStatus.SENT, "sent_at": now, "next_at": None, "attempts": attempts}
        return delivery.model_copy(update=sent)
    current = number == len(delivery.attempts) and delivery.status is DeliveryStatus.INTENDED
    changed: dict[str, object] = {"attempts": attempts, "repeat": delivery.repeat or outcome.may_have_arrived}
    if not current:
        return delivery.model_copy(update=changed)
    if outcome.permanent or _budget_over(delivery, now, pace):
        return delivery.model_copy(update=changed | {"status": DeliveryStatus.GIVEN_UP, "next_at": None})
    next_at = now.timestamp() + pace.back_off_s(delivery.alert.alert_id, number)
    return delivery.model_copy(update=changed | {"status": DeliveryStatus.FAILED, "next_at": next_at})


def undeliverable(delivery: Delivery, now: datetime) -> Found | None:
    """Returns the fact that moves the chain on when a delivery was given up; None for any other, or outside a case."""
    if delivery.status is not DeliveryStatus.GIVEN_UP or delivery.alert.reference is None:
        return None
    alert, last = delivery.alert, delivery.attempts[-1] if delivery.attempts else None
    return Found(
        FactKind.ALERT_UNDELIVERABLE,
        now,
        (alert.alert_id,),
        {
            "alert_id": alert.alert_id,
            "obligation": alert.obligation,
            "local_id": alert.recipient,
            "role": alert.role,
            "channel": alert.channel,
            "error": None if last is None else last.error,
        },
    )


def wake_at(delivery: Delivery) -> float | None:
    """Returns when something is due for a delivery, in unix seconds of the shown clock; None when its story is over."""
    return delivery.next_at if delivery.status in _UNSENT else None


def _budget_over(delivery: Delivery, now: datetime, pace: Pace) -> bool:
    began = delivery.attempts[0].started_at if delivery.attempts else now
    return (now - began).total_seconds() >= pace.give_up_after_s


def _age(alert: Alert) -> tuple[datetime, str]:
    return alert.created_at.astimezone(UTC), alert.alert_id
