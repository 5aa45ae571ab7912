"""From a report and a script to what will happen: the one entry for commands and tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cases.catalogue import Catalogue
from pipeline.foresight.happenings import Happening
from pipeline.foresight.script import Line, door_of, play
from pipeline.foresight.step import run, step
from pipeline.foresight.world import Arrival, World
from pipeline.gate.json_text import Unreadable, read_json
from pipeline.plans.plan import ContactPlan


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What happens from `start` to `end`, in order of time, and the world as it stands then."""

    start: datetime
    end: datetime
    references: tuple[str, ...]  # the cases that the report opened
    happenings: tuple[Happening, ...]
    world: World


def foresee(
    value: bytes,
    lines: Sequence[Line],
    start: datetime,
    end: datetime,
    catalogue: Catalogue,
    plans: Mapping[str, ContactPlan],
) -> Foreseen:
    """Runs ahead from the receipt of the event `value` (structured mode) at `start` to `end`, both aware UTC.

    Raises ScriptError for a line that cannot be played. An event that the gate refuses opens a case all the same.
    """
    world = World(catalogue, plans, start)
    world.expect(start, Arrival(value, door_of(_type(value))))
    step(world, start)  # the arrival alone: the script may say that its first alerts find nobody
    references = tuple(world.cases)
    for at, event in play(lines, start, references):
        world.expect(at, event)
    return _ended(world, start, end, references)


def foretell(
    arrivals: Iterable[tuple[datetime, Arrival]],
    end: datetime,
    catalogue: Catalogue,
    plans: Mapping[str, ContactPlan],
) -> Foreseen:
    """Runs ahead through everything that arrives (at least one, each at its aware UTC time) to `end`."""
    every = sorted(arrivals, key=lambda one: one[0])
    world = World(catalogue, plans, every[0][0])
    for at, arrival in every:
        world.expect(at, arrival)
    return _ended(world, every[0][0], end, ())


def _ended(world: World, start: datetime, end: datetime, references: tuple[str, ...]) -> Foreseen:
    run(world, end)
    return Foreseen(start, end, references, tuple(sorted(world.happened, key=lambda one: one.at)), world)


def _type(value: bytes) -> object:
    try:
        event = read_json(value)
    except Unreadable:
        return None
    return event.get("type") if isinstance(event, dict) else None
