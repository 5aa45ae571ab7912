"""A running pipeline, shared by the tests that leave it running: two worker processes, a mail sink, a quick clock."""

from collections.abc import Iterator

import pytest

from pipeline.kafka.connection import Connection
from tests.agents.installing import installation
from tests.agents.running import Running

PAGE = {"BRUDVAGT_WEB_URL": "https://brudvagt.example"}
"""Mails carry a link to act, as in an installation that people work with."""


@pytest.fixture(scope="session")
def running(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both workers, ready. Five shown minutes last ten seconds; starting costs more than any of the tests."""
    with installation(connection, tmp_path_factory.mktemp("installation"), speed=30, more=PAGE) as made:
        yield made
