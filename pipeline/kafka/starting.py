"""Starting a Kafka client, with an error that an operator can act on when no broker answers."""

from typing import Protocol

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
