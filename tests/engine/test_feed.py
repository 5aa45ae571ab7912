"""The buffer between a reader and its partition: nothing twice, and no word of what has not arrived."""

import asyncio
from collections.abc import Mapping

import pytest

from pipeline.engine.errors import EngineError
from pipeline.engine.feed import Feed
from pipeline.engine.port import Reach
from pipeline.engine.record import Record


def record(offset: int) -> Record:
    """Returns a record of topic `in`."""
    return Record("in", 0, offset, b"k", b"v", (), 0)


class Told:
    """A reader that gives what it was told to, and is ahead of its answers from the moment it is asked."""

    ends: Mapping[str, int] = {"in": 9}

    def __init__(self, *answers: list[Record]) -> None:
        self.answers, self.go, self.position = list(answers), asyncio.Event(), 0

    async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Is ahead at once, and answers when it may."""
        self.position += len(self.answers[0])
        await self.go.wait()
        return self.answers.pop(0)

    def reach(self) -> Mapping[str, Reach]:
        """The reader's own word."""
        return {"in": Reach(self.position, 9, 9)}

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("again", [[record(1)], [record(3), record(2)]])
async def test_an_offset_that_comes_again_is_an_error_that_names_it(again: list[Record]) -> None:
    """Whatever a client does after an outage: a record handled twice would be two alerts."""
    told = Told([record(0), record(1)], again)
    told.go.set()
    feed = Feed(told, {}, 100)
    await feed.wait(5.0)
    with pytest.raises(EngineError, match=rf"in\[0\]@{again[-1].offset} came again"):
        await feed.wait(5.0)
    await feed.close()


async def test_holes_in_the_offsets_are_no_error() -> None:
    """Markers of transactions and compaction leave them."""
    told = Told([record(4), record(7)])
    told.go.set()
    feed = Feed(told, {"in": 2}, 100)
    await feed.wait(5.0)
    assert [one.offset for one in feed.take_any(10)] == [4, 7]
    await feed.close()


async def test_how_far_it_has_read_is_told_only_of_what_has_arrived() -> None:
    """While an answer is on its way the reader is ahead: who believed it would release the timers before the record."""
    told = Told([record(0), record(1)])
    feed = Feed(told, {}, 100)
    await feed.wait(0.05)
    assert told.position == 2
    assert (feed.reach()["in"].position, len(feed)) == (0, 0)
    assert feed.lag() == 9
    told.go.set()
    await feed.wait(5.0)
    assert (feed.reach()["in"].position, len(feed), feed.lag()) == (2, 2, 9)
    await feed.close()
