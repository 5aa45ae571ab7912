"""A running pipeline, shared by the tests that leave it running: two worker processes, a mail sink, a quick clock."""

from collections.abc import Callable, Iterator

import pytest

from pipeline.kafka.connection import Connection
from tests.agents.installing import mornings
from tests.agents.running import Running

PAGE = {"BRUDVAGT_WEB_URL": "https://brudvagt.example"}
"""Mails carry a link to act, as in an installation that people work with."""


@pytest.fixture(scope="session")
def shared(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Running]]:
    """Five shown minutes last ten seconds; starting costs more than any of the tests."""
    with mornings(connection, lambda: tmp_path_factory.mktemp("installation"), speed=30, more=PAGE) as running:
        yield running


@pytest.fixture
def running(shared: Callable[[], Running]) -> Running:
    """Both workers, ready, and hours before anybody's quiet hours."""
    return shared()
