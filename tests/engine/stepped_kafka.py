"""A real Kafka whose process can crash or hang between any two operations, at the same steps as the one in memory."""

from collections.abc import AsyncIterator, Awaitable, Generator, Mapping, Sequence

from pipeline.engine.port import Inbox, Outbox, Port, Reach
from pipeline.engine.record import Cells, Record
from pipeline.engine.upstream import Upstream
from tests.engine.memory_kafka import Process


class SteppedAcknowledgement:
    """What is awaited for one batch."""

    def __init__(self, process: Process, inner: Awaitable[object]) -> None:
        self._process, self._inner = process, inner

    def __await__(self) -> Generator[object, None, object]:
        answer = yield from self._inner.__await__()
        yield from self._process.step("acknowledged").__await__()
        return answer


class SteppedOutbox:
    """See `Outbox`."""

    def __init__(self, process: Process, inner: Outbox) -> None:
        self._process, self._inner = process, inner

    async def fence(self) -> None:
        """Claims the id."""
        await self._process.step("fence")
        await self._inner.fence()

    async def begin(self) -> None:
        """Begins."""
        await self._process.step("begin")
        await self._inner.begin()

    async def produce(self, topic: str, partition: int, rows: Sequence[Cells]) -> Sequence[Awaitable[object]]:
        """Sends."""
        await self._process.step(f"produce {topic}")
        pending = await self._inner.produce(topic, partition, rows)
        return [SteppedAcknowledgement(self._process, one) for one in pending]

    async def commit(self) -> None:
        """Commits; the answer may get lost."""
        await self._process.step("commit")
        await self._inner.commit()
        await self._process.step("commit answered")

    async def close(self) -> None:
        """Closes the sockets, dead or alive."""
        await self._inner.close()


class SteppedInbox:
    """See `Inbox`."""

    def __init__(self, process: Process, inner: Inbox) -> None:
        self._process, self._inner = process, inner

    @property
    def ends(self) -> Mapping[str, int]:
        """The last stable offsets at opening."""
        return self._inner.ends

    async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Fetches."""
        records = await self._inner.fetch(max_records, timeout_s)
        if records:
            await self._process.step("fetched")
        return records

    def reach(self) -> Mapping[str, Reach]:
        """Returns the positions."""
        return self._inner.reach()

    async def close(self) -> None:
        """Closes the sockets, dead or alive."""
        await self._inner.close()


class SteppedPort:
    """See `Port`."""

    def __init__(self, process: Process, inner: Port) -> None:
        self._process, self._inner = process, inner

    def outbox(self, transactional_id: str) -> Outbox:
        """Returns a producer."""
        return SteppedOutbox(self._process, self._inner.outbox(transactional_id))

    async def inbox(self, topics: Sequence[str], partition: int, positions: Mapping[str, int]) -> Inbox:
        """Opens a reader."""
        await self._process.step("open inbox")
        return SteppedInbox(self._process, await self._inner.inbox(topics, partition, positions))

    async def scan(self, topic: str, partition: int) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """Reads the table."""
        await self._process.step("scan")
        async for rows in self._inner.scan(topic, partition):
            await self._process.step("scan")
            yield rows

    async def ends_behind(
        self, upstream: Sequence[Upstream], topics: Sequence[str], partition: int
    ) -> Mapping[str, int]:
        """Asks the cluster."""
        return await self._inner.ends_behind(upstream, topics, partition)

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Asks the cluster."""
        return await self._inner.partition_counts(topics)
