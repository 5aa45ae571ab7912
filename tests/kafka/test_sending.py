"""Sending to a Kafka that has taken the connection and acknowledges nothing any more."""

import asyncio

import pytest

from pipeline.kafka import sending
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.records import Outgoing


class Frozen:
    """As much of aiokafka's producer as `send` uses, before a broker that stands still: flush and stop wait for ever."""

    def __init__(self, released: asyncio.Event) -> None:
        self._released = released

    async def start(self) -> None:
        """The connection stands."""

    async def send(self, topic: str, value: bytes | None, **more: object) -> "asyncio.Future[object]":
        """Nobody answers."""
        return asyncio.get_running_loop().create_future()

    async def flush(self) -> None:
        """Waits for every acknowledgement."""
        await self._released.wait()

    async def stop(self) -> None:
        """Flushes first."""
        await self._released.wait()


async def test_a_broker_that_acknowledges_nothing_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka tries again for ever: whoever sends is told what is known, and is not held up by the stop either."""
    released = asyncio.Event()
    monkeypatch.setattr(sending, "AIOKafkaProducer", lambda **settings: Frozen(released))
    monkeypatch.setattr(sending, "SEND_BUDGET_S", 0.05)
    monkeypatch.setattr(sending, "STOP_BUDGET_S", 0.05)
    async with asyncio.timeout(20):
        with pytest.raises(
            BrokerError, match=r"127.0.0.1:9 has not acknowledged what was sent within 0.05 s.*send it again"
        ):
            await sending.send(Connection.parse("kafka://127.0.0.1:9"), [Outgoing("t", b"x")])
    released.set()  # it answers again, and the producer ends
    async with asyncio.timeout(20):
        while sending._stopping:  # noqa: ASYNC110  # it has no event of its own
            await asyncio.sleep(0)
