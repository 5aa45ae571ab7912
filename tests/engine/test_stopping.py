"""Stopping a reader whose last fetch has just failed is no cancellation of whoever stops it; a real one still is."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer

from pipeline.engine import kafka_port
from pipeline.kafka import starting

STOPPED = pytest.mark.parametrize("stopped", [kafka_port.stopped, starting.stopped])
Stopped = Callable[[AIOKafkaConsumer], Coroutine[None, None, None]]


class Broken:
    """A consumer whose `stop` does what it is given."""

    def __init__(self, stop: Callable[[], Awaitable[None]]) -> None:
        self.stop = stop


@STOPPED
async def test_a_cancellation_from_inside_is_no_failure(stopped: Stopped) -> None:
    """What aiokafka 0.14 lets out when a fetch failed a moment before."""

    async def stop() -> None:
        failed = asyncio.get_running_loop().create_future()
        failed.cancel()
        await failed

    await stopped(cast("AIOKafkaConsumer", Broken(stop)))


@STOPPED
async def test_a_cancellation_from_outside_goes_through(stopped: Stopped) -> None:
    """Whoever gives up waiting for the stop is not made to wait on."""
    never = Broken(asyncio.Event().wait)  # type: ignore[arg-type]
    waits = asyncio.create_task(stopped(cast("AIOKafkaConsumer", never)))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
