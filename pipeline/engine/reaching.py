"""How a worker reaches Kafka: all that the engine wants to know of it."""

from collections.abc import Mapping
from typing import Protocol


class Connection(Protocol):
    """How to reach the brokers; `pipeline.kafka.connection.Connection` is one."""

    def client_kwargs(self) -> Mapping[str, object]:
        """Returns aiokafka's keyword arguments: bootstrap_servers, security_protocol and so on."""
        ...
