"""Reads what casework wrote while the clocks ran: when each row became visible, and what is in it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock

REACHED = b'"rung.reached"'


@dataclass(slots=True)
class Seen:
    """By key, when its row first became visible (shown unix seconds), how often, and the rungs that it holds."""

    at: dict[bytes, float] = field(default_factory=dict)
    again: int = 0
    unclimbed: int = 0
    rows: dict[bytes, bytes] = field(default_factory=dict)

    def lateness(self, due: Mapping[bytes, float], first: float, before: float) -> list[float]:
        """Returns the lateness in seconds, sorted, of what was due from `first` to `before`."""
        return sorted(self.at[key] - at for key, at in due.items() if first <= at < before and key in self.at)


class Watcher:
    """A `read_committed` reader of the topic of cases from its end on."""

    def __init__(self, connection: Connection, topics: Topics, clock: Clock, rungs: int, *, keep_rows: bool) -> None:
        self._parts = [TopicPartition(topics.cases, number) for number in range(topics.partitions)]
        self._consumer = AIOKafkaConsumer(
            **connection.client_kwargs(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 << 20,
        )
        self._clock, self._rungs, self._keep = clock, rungs, keep_rows
        self.seen = Seen()

    async def start(self) -> None:
        """Goes to the end of every partition."""
        await self._consumer.start()
        self._consumer.assign(self._parts)
        await self._consumer.seek_to_end(*self._parts)
        for part in self._parts:
            await self._consumer.position(part)

    async def watch(self, wanted: int, budget_s: float) -> Seen:
        """Reads until `wanted` cases were seen or `budget_s` is over."""
        deadline, seen = time.monotonic() + budget_s, self.seen
        while len(seen.at) < wanted and time.monotonic() < deadline:
            fetched = await self._consumer.getmany(timeout_ms=200)
            now = self._clock.now()
            for one in (one for batch in fetched.values() for one in batch if one.key[:1] != b"\x00"):
                seen.again += one.key in seen.at
                seen.at.setdefault(one.key, now)
                seen.unclimbed += one.value.count(REACHED) <= self._rungs
                if self._keep:
                    seen.rows[one.key] = one.value
        return seen

    async def stop(self) -> None:
        """Closes the reader."""
        await self._consumer.stop()
