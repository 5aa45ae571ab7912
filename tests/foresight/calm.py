"""A world in which nothing goes wrong: the stages' own code, with no skew, crash, outage or delay, as foresight sees it."""

import json
import math
from datetime import UTC, datetime

from pipeline.foresight.foresee import Foreseen, foresee
from pipeline.foresight.script import read_script
from schemas.alert import Alert, AlertKind
from tests.simulation.acts import LAST_ACT, act
from tests.simulation.lives import Input
from tests.simulation.runs import context
from tests.simulation.simulation import Simulation
from tests.simulation.station import Station

AFTER_ITS_TIME_S = 1e-3  # a timer's due time is a float, and what it is about may be due a microsecond later


class Calm(Simulation):
    """The world of a seed, with its arrivals at whole seconds, no two at one. `told` are those that came."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, context())
        self.hazard = 0.0
        for station in self.stations:
            object.__setattr__(station.clock, "skew_s", 0.0)
        self.told: list[Input] = []
        self._taken: set[int] = set()
        legible = [one for one in self.lives.inputs if _legible(one.value)]
        self.lives.inputs = [Input(self._second(one.at), one.door, one.value, one.claims) for one in legible]

    def foreseen(self) -> Foreseen:
        """Returns what `brudvagt plan` foresees of the first report, with all that came after it as the script."""
        first, *more = sorted(self.told, key=lambda one: one.at)
        script = "\n".join(
            json.dumps({"after": f"PT{round(one.at - first.at)}S", "event": json.loads(one.value)}) for one in more
        )
        start, end = (self.clock_at(at) for at in (first.at, self.ends_at))
        return foresee(first.value, read_script(script), start, end, self.context.catalogue, self.context.plans)

    def clock_at(self, at: float) -> datetime:
        """Returns a true time as a clock shows it."""
        return datetime.fromtimestamp(at, UTC)

    def _outages(self) -> None:
        """There are none."""

    def _plan(self, station: Station) -> None:
        at = self.now if station.lag else None
        timer = station.next_timer()
        if timer is not None:
            timer = max(timer, self.now) + AFTER_ITS_TIME_S
            at = timer if at is None else min(at, timer)
        if at is not None:
            station.generation += 1
            self._expect(at, station, station.generation)

    def _arrive(self, one: Input) -> None:
        self.told.append(one)
        super()._arrive(one)

    def _react(self, alert: Alert) -> None:
        """Every alert arrives; whoever acknowledges does so at a second of their own."""
        if alert.reference is None or alert.kind in (AlertKind.PLATFORM, AlertKind.GONE):
            return
        eager = self.rng.random() < self.witness.eagerness(alert, self.now)
        if eager and self.now < self.lives.begins + LAST_ACT:
            value = act(self.rng, "acknowledge", alert.reference, alert.role, alert.recipient)
            at = self._second(self.now)
            self._expect(at, Input(at, "actions", value))

    def _second(self, at: float) -> float:
        second = math.ceil(at)
        while second in self._taken:
            second += 1
        self._taken.add(second)
        return float(second)


def _legible(value: bytes) -> bool:
    """Whether a script can hold an arrival: its lines are JSON."""
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False
