"""After an outage of everything routing lets casework climb first, so that people hear of the highest rung alone."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
import structlog.testing

from agents import routing
from agents.taken_over import SETTLING_S, TakenOver
from pipeline.settings import Settings
from schemas.alert import Alert
from tests.agents.events import case, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.world import World
from tests.simulation.simulation import TOPICS
from tests.simulation.station import Station

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
BACK = (MONDAY + timedelta(hours=49)).timestamp()


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
async def stalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[World, Station]]:
    """A world that stood still from Monday's opening alert to Wednesday, and its routing, which is up first."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("open"))
        await world.until(MONDAY.timestamp() + 60)
        world.asleep(BACK)
        key = case("open").encode()
        (station,) = (one for one in world.stations if one.name == "routing" and key in one.committed)
        yield world, station


async def look(station: Station, *, taken_over: bool) -> list[Alert]:
    """Lets routing do what is overdue; returns the alerts that it raises."""
    station.handle = partial(routing.handle, taken_over=taken_over)
    unit = station.work(BACK, Random(0))
    station.commit(unit)
    return [Alert.model_validate_json(one.value or b"") for one in unit.sends if one.topic == TOPICS.alerts]


async def test_what_casework_owes_comes_first_after_a_take_over(stalled: tuple[World, Station]) -> None:
    """The deputy is not told of Monday's rung: in a second routing looks again, and then two rungs are one alert."""
    world, station = stalled
    assert await look(station, taken_over=True) == []
    assert station.next_timer() == BACK + routing.LOOK_AGAIN_S
    before = len(world.alerts)
    await world.until(BACK + 60)
    assert [(one.recipient, one.rung, one.missed) for one in world.alerts[before:]] == [
        ("dpo", "plus_48h", ("plus_24h",))
    ]


async def test_later_nobody_waits_for_a_casework_that_does_not_come(stalled: tuple[World, Station]) -> None:
    """A chain whose time has come goes on, with what is known of the case."""
    _, station = stalled
    assert [(one.recipient, one.rung, one.step) for one in await look(station, taken_over=False)] == [
        ("dpo-vikar-1", "opening", 2)
    ]


def test_a_take_over_is_recent_for_a_minute() -> None:
    """By partition; one that is lost and comes back is taken over anew."""
    now = 1000.0
    seen = TakenOver(lambda: now)
    seen.opened(3, {})
    assert (seen.lately(3), seen.lately(2)) == (True, False)
    now += SETTLING_S
    assert not seen.lately(3)
    seen.opened(3, {})
    assert seen.lately(3)
    seen.closed(3)
    assert not seen.lately(3)
