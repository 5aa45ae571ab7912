"""Erasure reaches every table: the case, its chain, the story of its alerts, and delivery's own index of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
import structlog.testing

from agents import forgetting
from pipeline.settings import Settings
from schemas.delivery import BY_CASE
from tests.agents.events import act, case, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.test_outage import grave
from tests.delivery.world import World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DECIDER = "decision_maker:direktion"


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    """Thirty days of lines of log cost more than the work."""
    with structlog.testing.capture_logs():
        yield


def lying(world: World, reference: str) -> set[str]:
    """Returns the tables that still hold anything of a case, by their stage's name."""
    needle = reference.encode()
    return {
        station.name
        for station in world.stations
        for key, value in station.committed.items()
        if needle in key or needle in value
    }


async def test_an_erased_case_leaves_no_row_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed at once, erased when nothing of it can be replayed any more; its neighbour keeps every row."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    gone, stays = case("forgotten"), case("remembered")
    closing = {"closing": "not_a_breach", "reason": "Intet brud."}
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("forgotten", grave()), report("remembered", grave()))
        await world.until(MONDAY.timestamp() + 60)
        for reference in (gone, stays):
            world.acts(act("close", reference, DECIDER, **closing))
        await world.until(MONDAY.timestamp() + 120)
        kept = {one for one in world.deliveries.values() if one.alert.reference == stays}
        assert lying(world, gone) == lying(world, stays) >= {"casework", "delivery"}

        later = (MONDAY + timedelta(days=31)).timestamp()
        await world.until(later)
        world.acts(act("erase", gone, DECIDER, reason="Opbevaringstiden er gået."))
        await world.until(later + 60)

    assert lying(world, gone) == set()
    assert {one for one in world.deliveries.values() if one.alert.reference == stays} == kept != set()


async def test_stories_older_than_the_index_are_forgotten_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version from before it left no index, or that of later alerts only: both cases leave nothing, one after the other,
    and what is not erased keeps its story. The partition is looked through once.
    """
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    first, second, stays = case("old"), case("half-old"), case("young")
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(*(report(name, grave()) for name in ("old", "half-old", "young")))
        await world.until(MONDAY.timestamp() + 60)
        for reference in (first, second, stays):
            world.acts(act("close", reference, DECIDER, closing="not_a_breach", reason="Intet brud."))
        later = (MONDAY + timedelta(days=31)).timestamp()
        await world.until(later)
        cut = Counter[str]()
        for station in world.stations:
            if station.name == "delivery":
                for key, value in list(station.committed.items()):
                    if key.startswith(BY_CASE):
                        known = orjson.loads(value)
                        half = known[1:] if key == BY_CASE + second.encode() else []
                        cut[key.removeprefix(BY_CASE).decode()] += len(known) - len(half)
                        station.committed.pop(key)
                        if half:
                            station.committed[key] = orjson.dumps(half)
                station.open()
        assert min(cut[one] for one in (first, second, stays)) > 0
        kept = {one for one in world.deliveries.values() if one.alert.reference == stays}

        world.acts(act("erase", first, DECIDER, reason="Opbevaringstiden er gået."))
        await world.until(later + 60)
        assert lying(world, first) == set()
        looks = Counter[bool]()
        monkeypatch.setattr(forgetting, "_index_all", lambda tx: looks.update([True]))
        world.acts(act("erase", second, DECIDER, reason="Opbevaringstiden er gået."))
        await world.until(later + 120)
    assert lying(world, second) == set()
    assert looks == Counter()
    assert {one for one in world.deliveries.values() if one.alert.reference == stays} == kept != set()


async def test_stories_that_a_rollback_wrote_are_forgotten_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of a worker from before the rollback stands, and what was written since is in no index: the next process
    looks again.
    """
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    reference = case("rolled-back")
    async with smtp_server(Mailbox()) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("rolled-back", grave()))
        await world.until(MONDAY.timestamp() + 60)
        world.acts(act("close", reference, DECIDER, closing="not_a_breach", reason="Intet brud."))
        later = (MONDAY + timedelta(days=31)).timestamp()
        await world.until(later)
        cut = 0
        for station in world.stations:
            if station.name == "delivery":
                cut += station.committed.pop(BY_CASE + reference.encode(), None) is not None
                station.committed[forgetting.INDEXED] = b"[]"
                station.open()
        assert cut == 1
        world.acts(act("erase", reference, DECIDER, reason="Opbevaringstiden er gået."))
        await world.until(later + 60)
    assert lying(world, reference) == set()
