"""Puts an installation in motion and takes it down again."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from tests.agents.running import MONDAY_MORNING, ROLES, Running

AFTERNOON = MONDAY_MORNING + timedelta(hours=5)
"""14 o'clock in Denmark. At 20 the quiet hours begin, in which an `act` waits: six shown hours for the test that begins now."""


@contextlib.contextmanager
def mornings(
    connection: Connection, directory: Callable[[], Path], *, speed: float, more: Mapping[str, str] | None = None
) -> Iterator[Callable[[], Running]]:
    """Yields a function that returns a pipeline in which it is not AFTERNOON yet: the same again and again, and a fresh one
    when a slow machine has made a day of the tests so far. `directory` makes a folder for each.
    """
    with contextlib.ExitStack() as last:
        made: list[Running] = []

        def running() -> Running:
            if not made or made[-1].clock.datetime() >= AFTERNOON:
                last.close()
                made.append(last.enter_context(installation(connection, directory(), speed=speed, more=more)))
            return made[-1]

        yield running


@contextlib.contextmanager
def installation(
    connection: Connection,
    directory: Path,
    *,
    speed: float,
    more: Mapping[str, str] | None = None,
    roles: Sequence[str] = ROLES,
) -> Iterator[Running]:
    """Yields a pipeline that is ready, under topics of its own. `speed` is shown seconds in a real one; `more` are
    settings of its own; `roles` are the workers to begin with.
    """
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=4, replication=1)
    asyncio.run(admin.create(connection, topics.specs()))
    clock = Clock(time.time(), MONDAY_MORNING.timestamp(), speed)
    with MailSink(directory / "mail") as sink:
        running = Running(connection, topics, clock, directory, sink, more or {})
        try:
            for role in roles:
                running.start(role)
            running.await_ready()
            yield running
        finally:
            running.stop()
