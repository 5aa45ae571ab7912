"""The four stages' own code on a simulated clock, with mails that really go to a server: hours pass in seconds."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from random import Random

from agents import casework, delivery, intake, routing
from agents.carriers import Carriers
from agents.context import Context
from pipeline.engine.completions import Completion, Effect
from pipeline.engine.transaction import Outputs, Tx
from pipeline.settings import Settings
from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.delivery import INDEXES, Delivery
from tests.simulation.clock import SteeredClock
from tests.simulation.runs import context
from tests.simulation.simulation import TOPICS
from tests.simulation.station import PARTITIONS, Log, Station

_ROOMY = 10_000_000
_MOST_STEPS = 20_000
_DEAD = (TOPICS.deadletters, TOPICS.deadletters_raw)
_OUT = {
    "intake": (TOPICS.facts, TOPICS.receipts, *_DEAD),
    "casework": (TOPICS.facts, TOPICS.receipts, *_DEAD),
    "routing": (TOPICS.alerts, TOPICS.facts, TOPICS.deadletters),
    "delivery": (TOPICS.facts, TOPICS.deadletters),
}
_IN = {
    "intake": (TOPICS.reports, TOPICS.actions),
    "casework": (TOPICS.facts,),
    "routing": (TOPICS.cases,),
    "delivery": (TOPICS.alerts,),
}
_TABLE = {"intake": TOPICS.intake, "casework": TOPICS.cases, "routing": TOPICS.chains, "delivery": TOPICS.deliveries}


def _intake(context: Context, tx: Tx) -> None:
    for record in tx.records:
        intake.take(context, tx, record)


class World:
    """One pipeline from `begins` (unix seconds). Work takes no time; what is due is done when it is due."""

    def __init__(self, begins: float, settings: Settings) -> None:
        self.now, self.clock = begins, SteeredClock(0.0)
        self.clock.steer(begins)
        self.context = replace(context(), clock=self.clock)
        self.carriers = Carriers(self.context, settings)
        topics = {topic for wanted in _IN.values() for topic in wanted}
        self.logs = {(topic, number): Log(topic, number) for topic in topics for number in range(PARTITIONS)}
        self.stations = [self._station(name, number) for name in _IN for number in range(PARTITIONS)]
        self.loses_results = False  # every worker dies between intention and result
        self._rng = Random(0)  # how many records a batch takes, and nothing else

    def _station(self, name: str, number: int) -> Station:
        handles: dict[str, Callable[[Context, Tx], None]] = {
            "intake": _intake,
            "casework": casework.handle,
            "routing": routing.handle,
            "delivery": partial(_deliver, self.carriers),
        }
        due = {"casework": casework.wake_at, "routing": casework.wake_at, "delivery": delivery.due}
        made = Station(
            name=name,
            partition=number,
            context=self.context,
            clock=self.clock,
            handle=handles[name],
            due_of=due.get(name),
            inputs=tuple(self.logs[topic, number] for topic in _IN[name]),
            outputs=Outputs(dict.fromkeys(_OUT[name], PARTITIONS), number, _ROOMY),
            keyed=name in ("casework", "routing"),
            table_topic=_TABLE[name],
        )
        if name == "routing":
            made.handle = partial(_route, made)
        made.open()
        return made

    def report(self, *events: bytes) -> None:
        """A form system sends events now."""
        for event in events:
            self.logs[TOPICS.reports, 0].append(None, event, self.now)

    def acts(self, *events: bytes) -> None:
        """People act now."""
        for event in events:
            self.logs[TOPICS.actions, 0].append(None, event, self.now)

    async def until(self, at: float) -> None:
        """Lets time pass to `at`, doing all that is due on the way."""
        for _ in range(_MOST_STEPS):
            due, station = min(((self._due(one), one) for one in self.stations), key=lambda pair: pair[0])
            if due > at:
                self.now = at
                self.clock.steer(at)
                return
            self.now = max(self.now, due)
            await self._work(station)
        raise AssertionError("a timer stands still")

    def asleep(self, back: float, actions: Sequence[tuple[float, bytes]] = ()) -> None:
        """The machine is off until `back`, and starts again from what was committed; `actions` reach Kafka meanwhile."""
        for at, event in actions:
            self.logs[TOPICS.actions, 0].append(None, event, at)
        self.now = back
        self.clock.steer(back)
        for station in self.stations:
            station.done.clear()
            station.open()

    def case(self, reference: str) -> CaseRecord:
        """Returns a case as casework's table has it."""
        key = reference.encode()
        row = next(one.committed[key] for one in self.stations if one.name == "casework" and key in one.committed)
        return CaseRecord.model_validate_json(row)

    @property
    def alerts(self) -> list[Alert]:
        """Every alert that routing raised."""
        logs = (self.logs[TOPICS.alerts, number] for number in range(PARTITIONS))
        return [Alert.model_validate_json(one.value or b"") for log in logs for one in log.records]

    @property
    def deliveries(self) -> dict[str, Delivery]:
        """The delivery log by alert."""
        rows = (row for one in self.stations if one.name == "delivery" for row in one.committed.items())
        read = (Delivery.model_validate_json(value) for key, value in rows if not key.startswith(INDEXES))
        return {one.alert.alert_id: one for one in read}

    def _due(self, station: Station) -> float:
        if station.lag or station.done:
            return self.now
        return max(self.now, station.next_timer() or float("inf"))

    async def _work(self, station: Station) -> None:
        unit = station.work(self.now, self._rng)
        done = station.commit(unit)
        for say in unit.notes:
            say()
        if station.name == "casework":
            for key, value in done.changes.items():
                carried = unit.table.row_headers.get(key, ())
                self.logs[TOPICS.cases, station.partition].append(key, value, self.now, carried)
        for send in done.sends:
            if (log := self.logs.get((send.topic, send.partition))) is not None:
                log.append(send.key, send.value, self.now, send.headers)
        ended = await asyncio.gather(*(_end(key, effect) for key, effect in unit.effects))
        station.done += [] if self.loses_results else ended


async def _end(key: bytes, effect: Effect) -> Completion:
    return Completion(key, await effect())


def _route(station: Station, context: Context, tx: Tx) -> None:
    routing.handle(context, tx, taken_over=station.taken_over)


def _deliver(carriers: Carriers, context: Context, tx: Tx) -> None:
    delivery.handle(context, tx, carriers)
