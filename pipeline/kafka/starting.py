"""Starting a Kafka client, with an error that an operator can act on when no broker answers; and stopping it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from aiokafka.errors import KafkaError

from pipeline.kafka.cause import cause
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError


class Client(Protocol):
    """A producer or a consumer of aiokafka."""

    async def start(self) -> None:
        """Connects."""
        ...

    async def stop(self) -> None:
        """Closes its connections."""
        ...


_Client = TypeVar("_Client", bound=Client)


@asynccontextmanager
async def running(client: _Client, connection: Connection) -> AsyncIterator[_Client]:
    """Yields `client` started, and stops it however the block ends. Raises BrokerError as `started` does."""
    await started(client, connection)
    try:
        yield client
    finally:
        await stopped(client)


async def stopped(client: Client) -> None:
    """Stops `client`, also a consumer whose last fetch has just failed: aiokafka 0.14 then lets the cancellation of its own
    task out (`Fetcher.close`), which would look like one of whoever stops it.
    """
    try:
        await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise


async def started(client: Client, connection: Connection) -> None:
    """Starts `client`. Raises BrokerError, in one sentence, when the brokers cannot be reached or refuse."""
    with cause() as why:
        try:
            await client.start()
        except KafkaError as error:
            await client.stop()
            raise BrokerError(
                f"Kafka at {', '.join(connection.servers)} cannot be used ({why.or_else(error)}): start it with "
                "`brudvagt up`, or correct address, certificates, user or password in BRUDVAGT_KAFKA_URL."
            ) from error
