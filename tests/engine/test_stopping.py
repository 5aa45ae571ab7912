"""Stopping a reader whose last fetch has just failed is no cancellation of whoever stops it; a real one still is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer

from pipeline.engine.kafka_port import stopped


class Broken:
    """A consumer whose `stop` does what it is given."""

    def __init__(self, stop: Callable[[], Awaitable[None]]) -> None:
        self.stop = stop


async def test_a_cancellation_from_inside_is_no_failure() -> None:
    """What aiokafka 0.14 lets out when a fetch failed a moment before."""

    async def stop() -> None:
        failed = asyncio.get_running_loop().create_future()
        failed.cancel()
        await failed

    await stopped(cast("AIOKafkaConsumer", Broken(stop)))


async def test_a_cancellation_from_outside_goes_through() -> None:
    """Whoever gives up waiting for the stop is not made to wait on."""
    waits = asyncio.create_task(stopped(cast("AIOKafkaConsumer", Broken(asyncio.Event().wait))))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
