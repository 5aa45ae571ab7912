"""An installation to back up: real workers, cases in every state that a table holds."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.delivery.sink import MailSink
from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import read_topics
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from tests.agents.running import Running

SPEED = 30


@contextlib.contextmanager
def elsewhere(
    connection: Connection, directory: Path, partitions: int, shown: datetime | None = None
) -> Iterator[Running]:
    """Yields an installation without topics or workers, under a prefix of its own; its clock shows `shown` now."""
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=partitions)
    clock = Clock.real() if shown is None else Clock(time.time(), shown.timestamp(), SPEED)
    with MailSink(directory / f"mail-{topics.prefix}") as sink:
        running = Running(connection, topics, clock, directory, sink)
        try:
            yield running
        finally:
            running.stop()


@dataclass(frozen=True, slots=True)
class Tables:
    """Every row of an installation's tables by table, key and value; and where it stands."""

    rows: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    places: dict[tuple[str, bytes], int] = field(default_factory=dict)


async def tables(running: Running, *names: str) -> Tables:
    """Reads tables as any outside reader would; the last record of a key counts, the engine's own are left out."""
    found = Tables()
    for seen in await read_topics(running.connection, [f"{running.topics.prefix}.{name}" for name in names]):
        if seen.key is None or seen.internal:
            continue
        place = (seen.topic.rpartition(".")[2], seen.key)
        if seen.value is None:
            found.rows.pop(place, None)
        else:
            found.rows[place] = seen.value
            found.places[place] = seen.partition
    return found


DAY = timedelta(days=1)
