"""Cases as the page sees them: the cases topic, followed from its start, and proven fresh at each look.

One reader in the background keeps the newest record of each case without its facts (one to three kilobytes; a year of
all municipalities fits in 100 MB). A look asks the broker where the case's partition ends now and waits until the reader
is there: what the page shows is not older than the question, and an unreachable Kafka is noticed.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import orjson
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from pipeline.engine.partitioner import partition_of
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import KafkaSetupError
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Seen
from schemas.case import CaseRecord, Status
from schemas.row_version import UnreadVersion, refusal, unread

log = structlog.get_logger("pipeline.web")
LOOK_BUDGET_S = 5.0
OUTAGES = (KafkaError, KafkaSetupError, OSError, LookupError, TimeoutError)
"""What Kafka's absence looks like; a missing topic is a LookupError, as while an installation is being set up."""

PAUSE_S, LONGEST_PAUSE_S = 1.0, 15.0
HIDDEN_KINDS = frozenset({"producer", "awaited"})
"""A tally of one sender's unreadable events, and an act on a case that nobody has reported: no cases for a reader."""


class KafkaUnreachable(Exception):
    """Kafka did not answer in time: nothing can be said about the case, and nothing is claimed."""


class NoCase(ValueError):
    """A row that casework cannot have written: whoever reads on may show anything."""


class CaseReader(Protocol):
    """How the page looks a case up."""

    async def case(self, reference: str) -> CaseRecord | None:
        """Returns the case, without its facts, or None if there is none.

        Raises KafkaUnreachable, and UnreadVersion for a case that a newer Brudvagt wrote: what it says may mean something else.
        """


class _Followed(Tail):
    """The cases topic from its start, with what is known of how far we are."""

    async def ends(self, wanted: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Returns the offset after the last committed record of each."""
        assert self._consumer is not None, "open the tail first"
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(wanted)
        return ends

    async def positions(self) -> dict[TopicPartition, int]:
        """Returns the offset of the next record of each partition."""
        assert self._consumer is not None, "open the tail first"
        return {tp: await self._consumer.position(tp) for tp in self._consumer.assignment()}


class CaseLog:
    """The real CaseReader. `async with CaseLog(connection, topic) as log`; it outlives an outage of Kafka."""

    def __init__(self, connection: Connection, topic: str, *, budget_s: float = LOOK_BUDGET_S) -> None:
        """Names the topic; `budget_s` is how many seconds one look may take."""
        self._connection, self._topic, self._budget_s = connection, topic, budget_s
        self._cases: dict[str, CaseRecord] = {}
        self._newer: dict[str, str] = {}  # the version of rows that only a newer Brudvagt understands
        self._reached: dict[TopicPartition, int] = {}
        self._tail: _Followed | None = None
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def case(self, reference: str) -> CaseRecord | None:
        """Returns the case as it stands now. Raises KafkaUnreachable or UnreadVersion."""
        await self._in_time(reference.encode())
        if (version := self._newer.get(reference)) is not None:
            raise UnreadVersion(refusal(f"the row of {reference}", version))
        return self._cases.get(reference)

    async def look(self) -> None:
        """Returns when every partition was read to where it ends now, as a look at each would. Raises KafkaUnreachable."""
        await self._in_time(None)

    async def _in_time(self, key: bytes | None) -> None:
        if self._task is not None and self._task.done():
            self._task.result()  # raises what ended the reader: a fault of ours, not Kafka's
        try:
            async with asyncio.timeout(self._budget_s):
                await self._catch_up(key)
        except OUTAGES as error:
            raise KafkaUnreachable from error

    async def _catch_up(self, key: bytes | None) -> None:
        async with self._moved:
            tail = await self._moved.wait_for(lambda: self._tail if self._reached else None)
        assert tail is not None
        everywhere = list(self._reached)
        home = None if key is None else TopicPartition(self._topic, partition_of(key, len(everywhere)))
        ends = await tail.ends(everywhere if home is None else [home])
        async with self._moved:
            await self._moved.wait_for(lambda: all(self._reached.get(tp, 0) >= end for tp, end in ends.items()))

    async def _follow(self) -> None:
        pause_s = PAUSE_S
        while True:
            self._reached.clear()
            try:
                async with _Followed(self._connection, [self._topic], from_start=True) as tail:
                    await self._pump(tail)
            except OUTAGES as error:
                log.warning("the cases topic cannot be read; trying again", error=type(error).__name__)
            finally:
                self._tail = None
            pause_s = PAUSE_S if self._reached else min(LONGEST_PAUSE_S, pause_s * 2)
            await asyncio.sleep(pause_s)

    async def _pump(self, tail: _Followed) -> None:
        self._newer.clear()
        self._cases.clear()  # what was erased meanwhile may have left no trace in the topic
        self._tail = tail
        while True:
            for seen in await tail.more():
                self._take(seen)
            positions = await tail.positions()
            async with self._moved:
                self._reached.update(positions)
                self._moved.notify_all()

    def _take(self, seen: Seen) -> None:
        if seen.key is None or seen.internal:
            return
        reference = seen.key.decode()
        self._newer.pop(reference, None)
        self._cases.pop(reference, None)
        if seen.value is None:
            return
        if (version := unread(seen.value)) is not None:  # before a member is looked at: none may mean what it meant
            self._newer[reference] = version
            return
        row = orjson.loads(seen.value)
        if row.get("kind") in HIDDEN_KINDS or row.get("status") == Status.AWAITED:
            return
        row["facts"], row["trimmed"] = (), {}
        try:
            self._cases[reference] = CaseRecord.model_validate(row)
        except ValidationError as error:
            wrong = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
            raise NoCase(
                f"the row of {reference} is no case: see {', '.join(wrong)}"
            ) from None  # never what stands there
