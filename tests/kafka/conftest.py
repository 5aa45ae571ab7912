"""One secured Kafka, and one authorization server whose tokens it takes, for all tests of this folder that ask."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection

from tests.kafka.issuer import Issuer, issuer
from tests.kafka.secured import SecuredPorts, secured_broker


@pytest.fixture(scope="session")
def issuing() -> Iterator[Issuer]:
    """The authorization server."""
    with issuer() as made:
        yield made


@pytest.fixture(scope="session")
def doors(issuing: Issuer) -> Iterator[SecuredPorts]:
    """The broker."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-secured-", ignore_cleanup_errors=True) as directory,
        secured_broker(Path(directory), issuing.key) as ports,
    ):
        yield ports


@pytest.fixture
async def all_closed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Waits for the end of every connection before the test's loop ends.

    TLS says goodbye both ways, and aiokafka does not wait for it where a connection fails or was for bootstrap only.
    """
    ends: list[asyncio.Future[None]] = []
    given = AIOKafkaConnection.close

    def close(connection: Any, *reason: Any, **more: Any) -> Any:
        if (end := given(connection, *reason, **more)) is not None:
            ends.append(end)
        return end

    monkeypatch.setattr(AIOKafkaConnection, "close", close)
    yield
    if ends:
        await asyncio.wait(ends, timeout=30)
