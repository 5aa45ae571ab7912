"""What the engine asks of Kafka: small interfaces, with aiokafka behind them in a worker and memory in tests."""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.engine.record import Cells, Record
from pipeline.engine.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a reader is in one topic: offsets of the next record, of the stable end, of the end."""

    position: int
    stable: int
    end: int


class Outbox(Protocol):
    """One transactional producer: the lease on a partition."""

    async def fence(self) -> None:
        """Claims the transactional id: older owners can commit no more, their open transaction is aborted."""
        ...

    async def begin(self) -> None:
        """Begins a transaction."""
        ...

    async def produce(self, topic: str, partition: int, rows: Sequence[Cells]) -> Sequence[Awaitable[object]]:
        """Hands rows over and returns what to await before the end of the transaction: one per Kafka batch."""
        ...

    async def commit(self) -> None:
        """Ends the transaction; returns when the broker has answered."""
        ...

    async def close(self) -> None:
        """Closes the client; an open transaction is left to the next owner's fence."""
        ...


class Inbox(Protocol):
    """The reader of one partition number of every input topic, committed records only."""

    @property
    def ends(self) -> Mapping[str, int]:
        """The last stable offset of each topic, as seen at opening."""
        ...

    async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Returns the next records in offset order per topic; an empty list after `timeout_s`."""
        ...

    def reach(self) -> Mapping[str, Reach]:
        """Returns per topic how far the reader is, as of its last fetch."""
        ...

    async def close(self) -> None:
        """Closes the client."""
        ...


class Port(Protocol):
    """Kafka, as far as the engine needs it."""

    def outbox(self, transactional_id: str) -> Outbox:
        """Returns a producer that has not claimed its id yet."""
        ...

    async def inbox(self, topics: Sequence[str], partition: int, positions: Mapping[str, int]) -> Inbox:
        """Opens a reader at `positions`; a topic without one is read from its beginning.

        Raises EngineError for a position beyond the end: the topic was made anew.
        """
        ...

    async def ends_behind(
        self, upstream: "Sequence[Upstream]", topics: Sequence[str], partition: int
    ) -> Mapping[str, int]:
        """Returns the ends of `topics` once the stages before have read to theirs; may wait for ever."""
        ...

    def scan(self, topic: str, partition: int) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """Yields the committed rows from the beginning to the last stable offset, then ends."""
        ...

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Returns the partition count of each topic; raises TopicMismatch naming the ones that do not exist."""
        ...
