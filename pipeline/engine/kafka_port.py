"""The engine's port to Kafka, by aiokafka. Beside it only membership, assignor, partitioner and upstream know aiokafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from pipeline.engine import metrics
from pipeline.engine.budgets import Budgets
from pipeline.engine.errors import EngineError, TopicMismatch
from pipeline.engine.feed import LONG_POLL_S
from pipeline.engine.port import Inbox, Outbox, Reach
from pipeline.engine.reaching import Connection
from pipeline.engine.record import Cells, Record
from pipeline.engine.upstream import Upstream, ends_behind
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.engine")

BATCH_BYTES: Final = 1_000_000
"""Just under the broker's default `message.max.bytes`, which a batch keeps to even where nothing of it can be compressed.
A partition has one batch under way at a time, so half the size costs a burst of large rows twice as many turns: a stage
whose records may be larger, and whose topics take them, has batches of that size."""

PRODUCER_BACKOFF_MS: Final = 10
"""The transaction right after a commit meets CONCURRENT_TRANSACTIONS once; aiokafka's 100 ms would be paid each time
(p50 at 200/s: 13.6 against 7.5 ms)."""

SCAN_RECORDS: Final = 1_000
"""So many rows of a table at once, then the loop has its turn; a compressed answer of 1 MiB may hold ten times as many."""

IDLE_POLL_MS: Final = int(LONG_POLL_S * 1000)
"""The broker answers an idle fetch when the feed's own wait ends, and aiokafka looks again at its partitions then: each
answer and each look names every input topic, 199 of them where all municipalities have their own."""

METADATA_AGE_MS: Final = 60_000
LOG_APPEND_TIME: Final = 1
WAITED_S: Final = 0.005
"""A record for which a fetch had to wait so long has just been written: its timestamp shows the broker's clock."""


class KafkaOutbox:
    """A transactional producer of aiokafka; see `Outbox`."""

    def __init__(self, connection: Connection, transactional_id: str, budgets: Budgets, batch_bytes: int) -> None:
        self._start_s = budgets.start_s
        self._producer = AIOKafkaProducer(
            **connection.client_kwargs(),
            transactional_id=transactional_id,
            acks="all",
            linger_ms=0,
            max_batch_size=batch_bytes,
            compression_type="zstd",  # rows of one kind in one batch: a sixteenth of the bytes for 10 us a row
            transaction_timeout_ms=int(budgets.transaction_s * 1000),
            retry_backoff_ms=PRODUCER_BACKOFF_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    async def fence(self) -> None:
        """Starts the producer: InitProducerId bumps the epoch, which fences every older owner."""
        async with asyncio.timeout(self._start_s):
            await self._producer.start()

    async def begin(self) -> None:
        """Begins a transaction; nothing goes over the wire yet."""
        await self._producer.begin_transaction()

    async def produce(self, topic: str, partition: int, rows: Sequence[Cells]) -> Sequence[Awaitable[object]]:
        """Sends rows in whole batches: one future per batch, not per record."""
        pending: list[Awaitable[object]] = []
        batch = self._producer.create_batch()
        for key, value, headers in rows:
            listed = list(headers) if headers else []
            if batch.append(timestamp=None, key=key, value=value, headers=listed) is None:
                pending.append(await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                batch.append(timestamp=None, key=key, value=value, headers=listed)
        pending.append(await self._producer.send_batch(batch, topic, partition=partition))
        return pending

    async def commit(self) -> None:
        """Ends the transaction."""
        await self._producer.commit_transaction()

    async def close(self) -> None:
        """Stops the producer."""
        await self._producer.stop()


async def stopped(consumer: AIOKafkaConsumer) -> None:
    """Stops a consumer, also one whose last fetch has just failed.

    aiokafka 0.14 then lets the cancellation of its own task out (`Fetcher.close`), which would look like ours: a stop in
    an outage would end with 70 instead of 0.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise


class KafkaInbox:
    """A `read_committed` consumer of aiokafka without a group; see `Inbox`."""

    def __init__(self, consumer: AIOKafkaConsumer, starts: Mapping[TopicPartition, int], ends: Mapping[str, int],
                 on_clock_sample: Callable[[float], None]) -> None:  # fmt: skip
        self._consumer = consumer
        self._parts = list(starts)
        self._ends = ends
        self._on_clock_sample = on_clock_sample
        self._real = Clock.real()
        self._reach = {one.topic: Reach(start, ends[one.topic], ends[one.topic]) for one, start in starts.items()}

    @property
    def ends(self) -> Mapping[str, int]:
        """The last stable offset of each topic, as seen at opening."""
        return self._ends

    async def fetch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Returns the next records; notes how far the reader is and what the broker's clock says."""
        began = time.monotonic()
        fetched = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        waited = time.monotonic() - began
        for part in self._parts:
            position = await self._consumer.position(part)
            stable, end = self._consumer.last_stable_offset(part), self._consumer.highwater(part)
            known = self._reach[part.topic]
            stable = known.stable if stable is None else stable
            self._reach[part.topic] = Reach(position, max(stable, position), max(end or known.end, stable, position))
        records = [
            Record(one.topic, one.partition, one.offset, one.key, one.value, one.headers, one.timestamp)
            for batch in fetched.values()
            for one in batch
        ]
        if records and waited > WAITED_S:
            for batch in fetched.values():
                if batch[-1].timestamp_type == LOG_APPEND_TIME:
                    self._on_clock_sample(self._real.now() - batch[-1].timestamp / 1000)
        return records

    def reach(self) -> Mapping[str, Reach]:
        """Returns per topic how far the reader is."""
        return self._reach

    async def close(self) -> None:
        """Stops the consumer."""
        await stopped(self._consumer)


class KafkaPort:
    """Opens clients for one stage; see `Port`."""

    def __init__(
        self, connection: Connection, budgets: Budgets, stage: str, on_clock_sample: Callable[[float], None],
        batch_bytes: int = BATCH_BYTES,
    ) -> None:  # fmt: skip
        self._connection, self._budgets, self._stage = connection, budgets, stage
        self._on_clock_sample, self._batch_bytes = on_clock_sample, batch_bytes

    def outbox(self, transactional_id: str) -> Outbox:
        """Returns a producer that has not claimed its id yet."""
        return KafkaOutbox(self._connection, transactional_id, self._budgets, self._batch_bytes)

    async def inbox(self, topics: Sequence[str], partition: int, positions: Mapping[str, int]) -> Inbox:
        """Opens a reader at `positions`, else at the beginning of a topic."""
        parts = [TopicPartition(topic, partition) for topic in topics]
        consumer = self._consumer()
        try:
            async with asyncio.timeout(self._budgets.start_s):
                await consumer.start()
                consumer.assign(parts)
                begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
            starts = {part: self._start(part, positions.get(part.topic), begins[part], ends[part]) for part in parts}
            for part, start in starts.items():
                consumer.seek(part, start)
        except BaseException:
            await stopped(consumer)
            raise
        return KafkaInbox(consumer, starts, {part.topic: ends[part] for part in parts}, self._on_clock_sample)

    async def ends_behind(
        self, upstream: Sequence[Upstream], topics: Sequence[str], partition: int
    ) -> Mapping[str, int]:
        """Looks at the groups of the stages before, again and again."""
        counts = await self.partition_counts([topic for stage in upstream for topic in stage.inputs])
        return await ends_behind(self._connection, upstream, counts, topics, partition)

    async def scan(self, topic: str, partition: int) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """Yields committed rows to the last stable offset, with a consumer of its own.

        Its last long poll would hold up the first fetch of the inputs by half a second. The end is told by the
        position and not by the last record: behind it there may be only markers of aborted transactions, or holes
        that compaction left, and waiting for a record there would wait for ever.
        """
        part = TopicPartition(topic, partition)
        consumer = self._consumer()
        try:
            async with asyncio.timeout(self._budgets.start_s):
                await consumer.start()
                consumer.assign([part])
                begins, ends = await consumer.beginning_offsets([part]), await consumer.end_offsets([part])
            consumer.seek(part, begins[part])
            position, moved_at = begins[part], time.monotonic()
            while position < ends[part]:
                fetched = await consumer.getmany(part, timeout_ms=100, max_records=SCAN_RECORDS)
                if rows := [(one.key, one.value) for one in fetched.get(part, ())]:
                    yield rows
                if (now_at := await consumer.position(part)) != position:
                    position, moved_at = now_at, time.monotonic()
                elif time.monotonic() - moved_at > self._budgets.start_s:
                    raise EngineError(f"{topic}[{partition}] cannot be read beyond {position} of {ends[part]}")
                await asyncio.sleep(0)  # other partitions work meanwhile
        finally:
            await stopped(consumer)

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """Asks the cluster; names every topic that is missing."""
        admin = AIOKafkaAdminClient(**self._connection.client_kwargs())
        try:
            async with asyncio.timeout(self._budgets.start_s):
                await admin.start()
                answer = await admin.describe_topics(list(topics))
        finally:
            await admin.close()
        counts = {one["topic"]: len(one["partitions"]) for one in answer if not one["error_code"]}
        if missing := sorted(set(topics) - set(counts)):
            raise TopicMismatch(f"these topics do not exist: {', '.join(missing)}; create them first")
        return counts

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._connection.client_kwargs(),
            group_id=None,
            isolation_level="read_committed",
            auto_offset_reset="none",  # a position that is gone is an error, not a reason to jump
            enable_auto_commit=False,
            max_partition_fetch_bytes=1 << 20,
            fetch_max_wait_ms=IDLE_POLL_MS,
            consumer_timeout_ms=IDLE_POLL_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    def _start(self, part: TopicPartition, stored: int | None, begin: int, end: int) -> int:
        if stored is None:
            return begin
        if stored > end:
            raise EngineError(
                f"{part.topic}[{part.partition}] ends at {end}, but {stored} was read before: the topic was made anew "
                "or lost data; move the stage's table away too, or restore the topic"
            )
        if stored < begin:
            # Going on is right, staying down would not bring them back; but nobody may miss it.
            metrics.EXPIRED.labels(self._stage).inc(begin - stored)
            log.error("input expired unread", stage=self._stage, topic=part.topic, partition=part.partition,
                      first=stored, next=begin)  # fmt: skip
        return max(stored, begin)
