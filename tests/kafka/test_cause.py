"""The reason in an error's sentence is the reason of that error, and not of something that was overcome before it."""

import logging

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError

PASSING = "Unable connect to the first of two brokers"


class AdminThatMayNothing:
    """Connects by way of its second broker, and is then refused what it asks for."""

    def __init__(self, **_: object) -> None:
        pass

    async def start(self) -> None:
        """Succeeds after a warning, as with one broker of several down."""
        logging.getLogger("aiokafka").warning(PASSING)

    async def describe_cluster(self) -> dict[str, object]:
        """Refuses."""
        raise TopicAuthorizationFailedError("reports")

    async def close(self) -> None:
        """Ends."""


async def test_a_refusal_after_connecting_is_not_blamed_on_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who may not describe topics is told so, although another broker could not be reached on the way."""
    monkeypatch.setattr(admin, "AIOKafkaAdminClient", AdminThatMayNothing)
    with pytest.raises(TopicsError) as refused:
        await admin.brokers(Connection(servers=("one.example:9092", "two.example:9092")))
    assert "TopicAuthorizationFailedError" in str(refused.value)
    assert PASSING not in str(refused.value)
