"""Delivery: every alert's story on the log: intended before the attempt, its result in a later transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import orjson
import structlog

from agents.batches import told
from agents.carriers import Carriers, Load, Result
from agents.context import Context
from agents.deadletters import bury_internal
from agents.following import following, trace_of
from agents.forgetting import forget, remember
from agents.newer import guard, record_is_read, row_is_read
from pipeline import metrics
from pipeline.cases.minting import by_machine
from pipeline.delivery.deliver import on_alert, on_due, on_result, undeliverable, wake_at
from pipeline.delivery.digest import digests
from pipeline.delivery.outcome import Outcome
from pipeline.engine import Completion, Poison, Stage, Tx
from pipeline.logging import TRACE_ID
from pipeline.settings import Settings
from pipeline.tracing.context import Trace, read
from schemas.alert import Alert, AlertKind, Level
from schemas.delivery import INDEXES, NEWEST, Delivery, DeliveryStatus
from schemas.heartbeat import is_beat

log = structlog.get_logger("agents.delivery")


def due(key: bytes, value: bytes) -> float | None:
    """Returns when a row wants attention, in unix seconds of the shown clock. Raises NewerRow."""
    if key.startswith(INDEXES):
        return None
    row_is_read(key, value)
    at: float | None = orjson.loads(value).get("next_at")
    return at


def delivery(context: Context, settings: Settings) -> Stage:
    """Returns the stage that brings alerts to people."""
    topics, carriers = context.topics, Carriers(context, settings)
    stage = Stage(
        "delivery",
        group=f"{topics.prefix}.delivery",
        inputs=[topics.alerts],
        table=topics.deliveries,
        outputs=[topics.facts, topics.deadletters],
        on_poison=lambda tx, poison: unprocessable(context, tx, poison),
        keyed=False,
    )

    guard(stage, due)

    @stage.agent
    async def agent(batches: AsyncIterator[Tx]) -> None:
        async for batch in told("delivery", batches):
            async with batch as tx:
                handle(context, tx, carriers)

    return stage


def handle(context: Context, tx: Tx, carriers: Carriers) -> None:
    """Does one batch: results of attempts first, then new alerts, then what is due."""
    now = context.clock.datetime()
    for completion in tx.done:
        if isinstance(completion.result, Result):
            with following(tx, "delivery", [completion.result.trace], "delivery result") as step:
                step.outcome = "delivered" if completion.result.outcome.error is None else "failed"
                for alert_id, number in completion.result.numbers.items():
                    _write_result(context, tx, carriers, alert_id.encode(), number, completion.result.outcome, now)
        else:  # the channel broke its promise and raised: the row's timer repeats the attempt
            _raised(tx, completion)
    touched = {key: _read(tx, key) for key in tx.due}
    traces: dict[str, Trace] = {}
    for record in tx.records:
        record_is_read(record)
        alert = Alert.model_validate_json(record.value or b"")
        with following(tx, "delivery", [trace_of(record)]) as step:
            traces[alert.alert_id] = step.trace
            _take(tx, alert, touched, now, step.trace)
    _attempt(context, tx, carriers, [one for one in touched.values() if one is not None], traces, now)


def _raised(tx: Tx, completion: Completion) -> None:
    row = _read(tx, completion.key)
    trace = None if row is None else read(row.traceparent)
    about = {} if trace is None else {TRACE_ID: trace.trace_id}
    alert = completion.key.decode("ascii", "replace")
    log.error("an attempt raised", alert=alert, error=type(completion.result).__name__, **about)


def _take(tx: Tx, alert: Alert, touched: dict[bytes, Delivery | None], now: datetime, trace: Trace) -> None:
    """Writes what one alert makes of its own story and of those that it supersedes, and adds them to the `touched`."""
    if alert.kind is AlertKind.GONE:
        for key in forget(tx, str(alert.reference)):
            touched.pop(key, None)
        return
    newest = NEWEST + (alert.supersedes or alert.alert_id).encode()
    rivals = [_read(tx, key) for key in {alert.alert_id.encode(), tx.table.get(newest, b"")}]
    for written in on_alert(alert, [one for one in rivals if one is not None], now):
        if written.alert is alert:
            written = written.model_copy(update={"traceparent": trace.traceparent})
        key = written.alert.alert_id.encode()
        touched[key] = written
        tx.table[key] = written.encode()
        if written.alert is alert and written.status is not DeliveryStatus.SUPERSEDED:
            tx.table[newest] = key
        if written.alert is alert and alert.reference is not None:
            remember(tx, alert.reference, alert.alert_id)


def _attempt(
    context: Context,
    tx: Tx,
    carriers: Carriers,
    candidates: Sequence[Delivery],
    traces: Mapping[str, Trace],
    now: datetime,
) -> None:
    ready = {
        one.alert.alert_id: one for one in candidates if (at := wake_at(one)) is not None and at <= now.timestamp()
    }
    groups = [tuple(digest.items) for digest in digests(ready.values(), now)]
    groups += [(one,) for one in ready.values() if one.alert.level is not Level.DIGEST]
    for group in groups:
        # A repeat of an attempt, and a digest whose items came earlier, have only their timer: a new trace
        parents = [traces.get(one.alert.alert_id) for one in group]
        origins = [read(one.traceparent) for one in group if one.alert.alert_id not in traces]
        with following(tx, "delivery", parents, "delivery intended", origins) as step:
            intended = [on_due(one, now, carriers.pace) for one in group]
            for before, after in zip(group, intended, strict=True):
                _write(context, tx, before, after, now)
            going = [one for one in intended if one.status is DeliveryStatus.INTENDED]
            if going:
                alerts = [one.alert for one in going]
                numbers = {one.alert.alert_id: len(one.attempts) for one in going}
                repeat = any(one.repeat for one in going)
                load = Load(alerts, numbers, repeat, now, step.trace)
                tx.after_commit(alerts[0].alert_id.encode(), partial(carriers.bring, load))


def _write_result(
    context: Context, tx: Tx, carriers: Carriers, key: bytes, number: int, outcome: Outcome, now: datetime
) -> None:
    known = _read(tx, key)
    if known is None:
        return
    after = on_result(known, number, outcome, now, carriers.pace)
    _write(context, tx, known, after, now)
    say = partial(
        log.info,
        "delivery",
        reference=after.alert.reference,
        alert=after.alert.alert_id,
        channel=after.alert.channel,
        status=after.status,
        error=outcome.error,
        attempt=number,
    )
    tx.note(say)


def _write(context: Context, tx: Tx, before: Delivery, after: Delivery, now: datetime) -> None:
    """Writes a delivery's next state. The moment it is given up, by a result or for want of one, its chain is told."""
    tx.table[after.alert.alert_id.encode()] = after.encode()
    _counted(tx, after)
    found = undeliverable(after, now)
    if found is None or before.status is DeliveryStatus.GIVEN_UP or after.alert.reference is None:
        return
    reference = after.alert.reference
    fact = by_machine(found.kind, case_id=reference, at=found.occurred_at, identity=found.identity, body=found.body)
    tx.send(context.topics.facts, fact.encode(), key=fact.case_id.encode())


def _counted(tx: Tx, one: Delivery) -> None:
    if not is_beat(one.alert.municipality):
        tx.note(metrics.DELIVERIES.labels(one.alert.channel, one.status).inc)


def _read(tx: Tx, key: bytes) -> Delivery | None:
    row = tx.table.get(key)
    return None if row is None else Delivery.model_validate_json(row)


def unprocessable(context: Context, tx: Tx, poison: Poison) -> None:
    """An alert that delivery's code cannot read: operations are told; the chain raises the next one."""
    if poison.record is None:
        return  # a timer or a result: the engine parks it, counts it and says so; its row stays as it is
    with following(tx, "delivery", [trace_of(poison.record)]) as step:
        step.outcome = "unprocessable"
        bury_internal(context, tx, poison.record, "delivery", poison.error)
