"""The scheduler: which station works when, crashes, outages, skewed clocks; every commit is shown to the rules."""

import heapq
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

from agents import casework, intake, routing
from agents.context import Context
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.minting import by_machine
from pipeline.delivery.deliver import undeliverable
from pipeline.engine.transaction import Outputs, Tx
from pipeline.kafka.topics import Topics
from pipeline.plans.plan import ContactPlan
from pipeline.timebase import Clock
from schemas.alert import Alert, AlertKind
from schemas.delivery import Delivery, DeliveryStatus
from schemas.values import Role
from tests.simulation import end_rules
from tests.simulation.acts import HOUR, LAST_ACT, act
from tests.simulation.clock import SteeredClock
from tests.simulation.lives import Input, lives
from tests.simulation.station import PARTITIONS, Done, Log, Station, home
from tests.simulation.witness import Witness

TOPICS = Topics(prefix="sim", partitions=PARTITIONS)
ENDS_AFTER = 148 * HOUR
SKEW_MAX_S = 300.0
_ROOMY = 10_000_000
_MOST_STEPS = 200_000
_DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def shipped(plans: Mapping[str, ContactPlan], catalogue: Catalogue) -> Context:
    """Returns what every stage is given; each station gets a copy with a clock of its own."""
    return Context(TOPICS, Clock.real(), catalogue, plans, _DEPLOY, b"simulation has no secrets")


class Simulation:
    """One world from one seed."""

    def __init__(self, seed: int, context: Context) -> None:
        self.seed, self.rng, self.context = seed, Random(seed), context
        self.lives = lives(self.rng, self._holders)
        self.ends_at = self.lives.begins + ENDS_AFTER
        self.witness = Witness(context.plans, context.catalogue, self.lives.begins, self.ends_at)
        self.hazard = self.rng.choice((0.0, 0.01, 0.05))
        self.now = self.lives.begins
        self.steps = 0
        self._order = count()
        self._heap: list[tuple[float, int, Station | Input | Alert, int]] = []
        self.logs = {
            (topic, number): Log(topic, number)
            for topic in (TOPICS.reports, TOPICS.actions, TOPICS.facts, TOPICS.cases)
            for number in range(PARTITIONS)
        }
        self.stations = self._stations()

    def run(self) -> Witness:
        """Runs the world to its end and returns what was seen; a broken rule raises Violation."""
        for one in self.lives.inputs:
            self._expect(one.at, one)
        for station in self.stations:
            station.open()
        self._outages()
        for station in self.stations:
            self._plan(station)
        while self._heap and self._heap[0][0] <= self.ends_at:
            self.now, _, what, generation = heapq.heappop(self._heap)
            self.steps += 1
            assert self.steps < _MOST_STEPS, "a timer stands still"
            if isinstance(what, Input):
                self._arrive(what)
            elif isinstance(what, Alert):
                self._react(what)
            elif generation == what.generation:
                self._step(what)
        end_rules.judge(self.witness, self.ends_at, self.rng)
        return self.witness

    def _stations(self) -> list[Station]:
        widest = self.rng.choice((0.0, 2.0, SKEW_MAX_S))
        found = []
        for partition in range(PARTITIONS):
            for name, handle, due, topics, outputs, table in (
                ("intake", _intake, None, (TOPICS.reports, TOPICS.actions), _INTAKE_OUT, TOPICS.intake),
                ("casework", casework.handle, casework.wake_at, (TOPICS.facts,), _CASEWORK_OUT, TOPICS.cases),
                ("routing", routing.handle, casework.wake_at, (TOPICS.cases,), _ROUTING_OUT, TOPICS.chains),
            ):
                clock = SteeredClock(self.rng.uniform(-widest, widest))
                made = Station(
                    name=name,
                    partition=partition,
                    context=replace(self.context, clock=clock),
                    clock=clock,
                    handle=handle,
                    due_of=due,
                    inputs=tuple(self.logs[topic, partition] for topic in topics),
                    outputs=Outputs(dict.fromkeys(outputs, PARTITIONS), partition, _ROOMY),
                    keyed=name != "intake",
                    table_topic=table,
                )
                if name == "routing":
                    made.handle = partial(_routing, made)
                if name == "casework":
                    made.prepare = casework.casework(made.context).prepare
                found.append(made)
        return found

    def _outages(self) -> None:
        """Takes stations down for hours, now and then all of them over a weekend."""
        for station in self.stations:
            if self.rng.random() < 0.12:
                self._down(station, self.lives.begins + self.rng.uniform(0, 80) * HOUR, self.rng.uniform(1, 9) * HOUR)
        if self.rng.random() < 0.08:
            start, length = self.lives.begins + self.rng.uniform(5, 60) * HOUR, self.rng.uniform(12, 40) * HOUR
            for station in self.stations:
                self._down(station, start, length)

    def _down(self, station: Station, start: float, length: float) -> None:
        station.planned.append((start, start + length))
        self.witness.outage(station.name, station.partition, start, start + length)

    def _expect(self, at: float, what: Station | Input | Alert, generation: int = 0) -> None:
        heapq.heappush(self._heap, (at, next(self._order), what, generation))

    def _plan(self, station: Station) -> None:
        """Puts the station's next work on the heap: soon if records wait, else when its timer is due."""
        at = self.now + min(20.0, self.rng.expovariate(2.0)) if station.lag else None
        timer = station.next_timer()
        if timer is not None:
            timer = max(timer, self.now) + min(5.0, self.rng.expovariate(20.0)) + 1e-3
            at = timer if at is None else min(at, timer)
        if at is None:
            return
        station.generation += 1
        self._expect(station.up_from(at), station, station.generation)

    def _arrive(self, one: Input) -> None:
        number = self.rng.randrange(PARTITIONS)
        log = self.logs[TOPICS.reports if one.door == "reports" else TOPICS.actions, number]
        record = log.append(None, one.value, self.now)
        self.witness.arrived(record, one)
        self._wake(log)

    def _wake(self, log: Log) -> None:
        for station in self.stations:
            if log in station.inputs:
                self._plan(station)

    def _step(self, station: Station) -> None:
        station.clock.steer(self.now)
        if station.reopen:
            station.open()
            station.reopen = False
        elif station.was_down(self.now):
            station.open()
        unit = station.work(self.now, self.rng)
        if self.rng.random() < self.hazard:
            length = self.rng.choice((3.0, 40.0, 600.0, self.rng.uniform(0, 3) * HOUR))
            if self.now + length < self.ends_at - 20 * HOUR:
                self._crash(station, length)
                return
        self._committed(station, station.commit(unit))
        self._plan(station)

    def _crash(self, station: Station, length: float) -> None:
        """The process dies before its commit: what it had in memory is gone, what it wrote never was."""
        station.reopen = True
        self._down(station, self.now, length)
        self.witness.crashes += 1
        station.generation += 1
        self._expect(station.up_from(self.now), station, station.generation)

    def _committed(self, station: Station, done: Done) -> None:
        self.witness.committed(station, done, self.now)
        if station.name == "casework":
            log = self.logs[TOPICS.cases, station.partition]
            for key, value in done.changes.items():
                log.append(key, value, self.now)
            if done.changes:
                self._wake(log)
        for send in done.sends:
            if send.topic == TOPICS.facts:
                log = self.logs[TOPICS.facts, send.partition]
                log.append(send.key, send.value, self.now)
                self._wake(log)
            elif send.topic == TOPICS.alerts:
                alert = Alert.model_validate_json(send.value or b"")
                at = self.now if alert.not_before is None else max(self.now, alert.not_before.timestamp())
                self._expect(at + self.rng.uniform(60, 3000), alert)

    def _react(self, alert: Alert) -> None:
        """Some alerts cannot be delivered; some people acknowledge a `page` within the hour."""
        if alert.reference is None or alert.kind in (AlertKind.PLATFORM, AlertKind.GONE):
            return
        luck = self.rng.random()
        if luck < 0.02:
            found = undeliverable(Delivery(alert=alert, status=DeliveryStatus.GIVEN_UP), alert.created_at)
            assert found is not None
            fact = by_machine(
                found.kind, case_id=alert.reference, at=found.occurred_at, identity=found.identity, body=found.body
            )
            key = alert.reference.encode()
            log = self.logs[TOPICS.facts, home(key)]
            log.append(key, fact.encode(), self.now)
            self._wake(log)
        elif luck < self.witness.eagerness(alert, self.now) and self.now < self.lives.begins + LAST_ACT:
            value = act(self.rng, "acknowledge", alert.reference, alert.role, alert.recipient)
            self._arrive(Input(self.now, "actions", value))

    def _holders(self, municipality: str, role: str) -> tuple[str, ...]:
        plan = self.context.plan(municipality)
        return plan.holders(Role(role))


def _intake(context: Context, tx: Tx) -> None:
    for record in tx.records:
        intake.take(context, tx, record)


def _routing(station: Station, context: Context, tx: Tx) -> None:
    routing.handle(context, tx, taken_over=station.taken_over)


_DEAD = (TOPICS.deadletters, TOPICS.deadletters_raw)
_INTAKE_OUT = (TOPICS.facts, TOPICS.receipts, *_DEAD)
_CASEWORK_OUT = (TOPICS.facts, TOPICS.receipts, *_DEAD)
_ROUTING_OUT = (TOPICS.alerts, TOPICS.facts)
