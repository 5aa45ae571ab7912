"""Routing: whenever a case changes or a chain's time has come, compare who should have been told with who was."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

import orjson
from pydantic import ConfigDict

from agents.batches import told
from agents.casework import wake_at
from agents.context import Context
from agents.deadletters import bury_internal
from agents.following import following, trace_of, traces_of
from agents.governed import governed
from agents.newer import guard, record_is_read
from agents.observing import chains_looked_at
from agents.origins import origin_of
from agents.taken_over import TakenOver
from agents.upstream import before_routing
from pipeline import metrics
from pipeline.cases.minting import by_machine
from pipeline.engine import Poison, Record, Stage, Tx
from pipeline.kafka.topics import Topics
from pipeline.routing.alerts import gone
from pipeline.routing.chain import ChainState
from pipeline.routing.producers import announcements
from pipeline.routing.route import Routed, route
from schemas.alert import Alert, Level
from schemas.case import CaseRecord, Status
from schemas.facts import FactKind
from schemas.heartbeat import is_beat
from schemas.shape import Kept
from schemas.tally import Tally

_COUNTED = {
    FactKind.RECIPIENT_MISSING: metrics.RECIPIENTS_MISSING,
    FactKind.CHAIN_EXHAUSTED: metrics.CHAINS_EXHAUSTED,
}


LOOK_AGAIN_S = 1.0  # real seconds


class Standing(Kept):
    """What a row says of the chains alone: of a case that changed, the row's own copy is not even read."""

    model_config = ConfigDict(extra="ignore")

    wake_at: float | None = None
    state: ChainState | None = None


class Watch(Standing):
    """Routing's row: the chain's state, and the case it is about, so that a timer needs no look elsewhere."""

    model_config = ConfigDict(extra="allow")

    case: CaseRecord


class Told(Kept):
    """Routing's row for a producer of unreadable events: the hours whose number was told."""

    wake_at: float | None = None
    hours: tuple[str, ...] = ()


def routing(context: Context) -> Stage:
    """Returns the stage that decides who is told, by which channel, and when the next one is."""
    topics = context.topics
    stage = Stage(
        "routing",
        group=f"{topics.prefix}.routing",
        inputs=[topics.cases],
        table=topics.chains,
        outputs=[topics.alerts, topics.facts, topics.deadletters],
        on_poison=lambda tx, poison: unprocessable(context, tx, poison),
        packed=True,
        upstream=before_routing(topics),
    )

    guard(stage, governed(wake_at, context.catalogue.policies))
    taken_over = TakenOver()
    stage.follow(taken_over)

    @stage.agent
    async def agent(batches: AsyncIterator[Tx]) -> None:
        async for batch in told("routing", batches):
            async with batch as tx:
                handle(context, tx, taken_over=taken_over.lately(tx.partition))

    return stage


def handle(context: Context, tx: Tx, *, taken_over: bool = False) -> None:
    """Does one batch. Of a case that changed several times only the last state counts: routing is level-triggered.

    `taken_over` says that the partition was opened less than a minute ago: what casework owes a case comes first then.
    """
    now = context.clock.datetime()
    changes: defaultdict[bytes, list[Record]] = defaultdict(list)
    for record in tx.records:
        if record.key is not None and not record.key.startswith(b"\x00"):  # the engine's own rows in casework's table
            record_is_read(record)
            changes[record.key].append(record)
    for key, records in changes.items():
        value = records[-1].value
        with following(tx, "routing", traces_of(records)):
            if value is not None and orjson.loads(value).get("kind") == "producer":
                _tell_of_producer(context, tx, key, Tally.model_validate_json(value), now)
            else:
                row = tx.table.get(key)
                state = None if row is None else Standing.model_validate_json(row).state
                case = None if value is None else CaseRecord.model_validate_json(value)
                _look(context, tx, key, case, state, now, taken_over=taken_over)
    for key in tx.due:
        watch = Watch.model_validate_json(tx.table[key])
        with following(tx, "routing", (), "routing timer", origins=[origin_of(watch.case)]):
            _look(context, tx, key, watch.case, watch.state, now, taken_over=taken_over)


def _look(
    context: Context,
    tx: Tx,
    key: bytes,
    case: CaseRecord | None,
    state: ChainState | None,
    now: datetime,
    *,
    taken_over: bool,
) -> None:
    if taken_over and case is not None and case.wake_at is not None and case.wake_at <= now.timestamp():
        # Casework has yet to climb what came due for it, after an outage of both or a restore. Told now, people would
        # hear of an earlier rung, and of the highest a moment later.
        again_at = now.timestamp() + LOOK_AGAIN_S * context.clock.speed
        waiting = Watch(wake_at=again_at, state=state, case=case.model_copy(update={"trimmed": {}}))
        tx.table[key] = waiting.encode()
        return
    if case is None or case.status in (Status.AWAITED, Status.ABSORBED) or not case.clocks:
        routed = Routed(None)
    else:
        now = max(now, case.facts[-1].recorded_at)  # a slow local clock must not hold an acknowledgement for the future
        routed = route(case, state, context.plan(case.municipality), context.policy(case.clocks[0].policy_hash), now)
    if case is not None and routed.state is not None:
        slim = case if not case.trimmed else case.model_copy(update={"trimmed": {}})
        watch = Watch(wake_at=routed.state.wake_at, state=routed.state, case=slim).encode()
        if watch != tx.table.get(key):
            tx.table[key] = watch
    elif key in tx.table:
        del tx.table[key]
    if case is None:
        _let_go(context.topics, tx, key, now)
    tx.note(partial(chains_looked_at, key[:3].decode(), state, routed.state, now))
    _send(context.topics, tx, key, routed.alerts)
    for found in routed.facts:
        fact = by_machine(
            found.kind, case_id=key.decode(), at=found.occurred_at, identity=found.identity, body=found.body
        )
        tx.send(context.topics.facts, fact.encode(), key=key)
        if found.kind in _COUNTED and not is_beat(key.decode()):
            tx.note(_COUNTED[found.kind].labels(key[:3].decode()).inc)


def _let_go(topics: Topics, tx: Tx, key: bytes, now: datetime) -> None:
    """Tells delivery that a case was erased, on both partitions where its alerts can lie."""
    alert = gone(key.decode(), now)
    for partition_key in {key, alert.municipality.encode()}:
        tx.send(topics.alerts, alert.encode(), key=partition_key)


def _tell_of_producer(context: Context, tx: Tx, key: bytes, tally: Tally, now: datetime) -> None:
    row = tx.table.get(key)
    told = () if row is None else Told.model_validate_json(row).hours
    fresh = {hour: number for hour, number in tally.announced.items() if hour not in told}
    if fresh:
        tx.table[key] = Told(hours=tuple(tally.announced)).encode()
        _send(context.topics, tx, key, announcements(tally, fresh, context.plan(tally.municipality), now))


def _send(topics: Topics, tx: Tx, key: bytes, alerts: tuple[Alert, ...]) -> None:
    for alert in alerts:
        shared = alert.level is Level.DIGEST  # a municipality's digest items meet on one partition
        tx.send(topics.alerts, alert.encode(), key=alert.municipality.encode() if shared else key)
        if is_beat(alert.municipality):
            continue
        tx.note(metrics.ALERTS.labels(alert.level, alert.kind).inc)


def unprocessable(context: Context, tx: Tx, poison: Poison) -> None:
    """A case that routing's code cannot read: operations are told, its chain goes on as it stands."""
    if poison.record is None:
        return  # a timer or a result: the engine parks it, counts it and says so; its row stays as it is
    with following(tx, "routing", [trace_of(poison.record)]) as step:
        step.outcome = "unprocessable"
        bury_internal(context, tx, poison.record, "routing", poison.error)
