"""The commands' own running pipeline, and a way to give commands inside this process: starting Python costs a second."""

from collections.abc import Iterator

import pytest

from pipeline.kafka.connection import Connection
from tests.agents.installing import installation
from tests.agents.running import Running
from tests.cli.terminal import Terminal


@pytest.fixture(scope="session")
def running(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both workers, ready."""
    with installation(connection, tmp_path_factory.mktemp("commands"), speed=30) as made:
        yield made


@pytest.fixture
def terminal(running: Running, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """A terminal at the running pipeline."""
    return Terminal(running.environment, monkeypatch, capsysbinary)
