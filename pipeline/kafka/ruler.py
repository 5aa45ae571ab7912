"""A client that asks where partitions begin and end, and reads nothing."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

ASLEEP_MS: Final = 60_000
"""So seldom aiokafka goes by itself through partitions that are all paused. Its default is five times a second."""


class Reaching(Protocol):
    """How to reach the brokers; `pipeline.kafka.connection.Connection` is one."""

    def client_kwargs(self) -> Mapping[str, object]:
        """Returns aiokafka's keyword arguments."""
        ...


class Ruler(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """A consumer that knows all its topics from its first request on and fetches none. Ends are last stable offsets.

    aiokafka 0.14 learns of a topic that is not assigned when it is first asked about it: one topic a turn, and each turn
    waits 100 ms and fetches the metadata of all that it knows by then. At 199 topics that were 25 s, spent on decoding.
    So one partition of each topic is assigned, which names them all at once, and paused.
    """

    def __init__(self, connection: Reaching, topics: Iterable[str], *, retry_backoff_ms: int = 100) -> None:
        super().__init__(
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            consumer_timeout_ms=ASLEEP_MS,
            retry_backoff_ms=retry_backoff_ms,
            **connection.client_kwargs(),
        )
        self._one_of_each = [TopicPartition(topic, 0) for topic in dict.fromkeys(topics)]
        self.assign(self._one_of_each)
        self.pause(*self._one_of_each)

    async def start(self) -> None:
        """Connects. Raises KafkaError, UnknownTopicOrPartitionError (after 40 s) for a topic that does not exist."""
        await super().start()
        for part in self._one_of_each:
            self.seek(part, 0)  # never used; without a position it would go and ask for one
