"""The commands' own running pipeline, and a way to give commands inside this process: starting Python costs a second."""

from collections.abc import Callable, Iterator

import pytest

from pipeline.kafka.connection import Connection
from tests.agents.installing import mornings
from tests.agents.running import Running
from tests.cli.terminal import Terminal


@pytest.fixture(scope="session")
def shared(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Running]]:
    """One pipeline after another, as long as the day's hours last."""
    with mornings(connection, lambda: tmp_path_factory.mktemp("commands"), speed=30) as running:
        yield running


@pytest.fixture
def running(shared: Callable[[], Running]) -> Running:
    """Both workers, ready, and hours before anybody's quiet hours."""
    return shared()


@pytest.fixture
def terminal(running: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """A terminal at the running pipeline."""
    return Terminal(running.environment, monkeypatch, capsysbinary)
