"""The transaction an agent sees: one batch of one partition, and everything that becomes true when its block ends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, overload

from structlog.contextvars import bound_contextvars

from pipeline.engine.about import about_committed, about_failed
from pipeline.engine.ahead import Ahead
from pipeline.engine.batch import Batch
from pipeline.engine.completions import Completion, Effect
from pipeline.engine.errors import CommitFailed, HandlerFailed
from pipeline.engine.partitioner import partition_of
from pipeline.engine.record import Headers, Record, Send
from pipeline.engine.table import TxTable
from pipeline.engine.timers import Timers


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a stage may send: partition count per declared topic, its own partition, record size in bytes."""

    counts: Mapping[str, int]
    partition: int
    max_record_bytes: int

    def partition_for(self, topic: str, key: bytes | None, partition: int | None) -> int:
        """Returns where a record goes: where it is told, else where its key hashes, else the sender's own number."""
        count = self.counts.get(topic)
        if count is None:
            raise ValueError(f"{topic} is not among the stage's declared outputs {sorted(self.counts)}")
        if partition is None:
            return self.partition % count if key is None else partition_of(key, count)
        if not 0 <= partition < count:
            raise ValueError(f"{topic} has {count} partitions, not a partition {partition}")
        return partition


class DueKeys(Sequence[bytes]):
    """Keys whose timers came due. Iterating checks each against the transaction's own writes.

    The keys were taken by the committed table; a record of the same batch may have moved the timer since, and a
    rung must not be announced for a deadline that no longer holds. Length and index are those of the keys as taken, unchecked.
    """

    __slots__ = ("_keys", "_now", "_table", "_timers")

    def __init__(self, keys: Sequence[bytes], table: TxTable, timers: Timers, now: float) -> None:
        self._keys, self._table, self._timers, self._now = keys, table, timers, now

    def __iter__(self) -> Iterator[bytes]:
        for key in self._keys:
            if key in self._table.changes:
                due = self._timers.due_of(key, self._table.changes[key])
                if due is None or due > self._now:
                    continue
            yield key

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        return self._keys[index]


class Tx:
    """One unit of work for an agent; leaving its `async with` block commits one Kafka transaction.

    An exception inside the block drops everything that was written: nothing has been sent before the end, so
    forgetting the buffers is the abort. `Transient` is tried again in place, any other exception makes the batch
    suspect and ends the process.
    """

    __slots__ = (
        "_ahead", "_batch", "_commit", "_outputs", "due", "effects", "mentions", "notes", "outcome", "partition", "sends",
        "table",
    )  # fmt: skip

    def __init__(
        self, batch: Batch, table: TxTable, due: DueKeys, outputs: Outputs, commit: Callable[["Tx"], Awaitable[None]],
        ahead: Ahead | None = None,
    ) -> None:  # fmt: skip
        self.partition = outputs.partition
        self.table = table
        self.due: Sequence[bytes] = due
        self.sends: list[Send] = []
        self.effects: list[tuple[bytes, Effect]] = []
        self.notes: list[Callable[[], None]] = []
        self.mentions = batch.mentions
        self.outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._batch = batch
        self._outputs = outputs
        self._commit = commit
        self._ahead = ahead

    @property
    def batch_id(self) -> str:
        """What log lines call the batch."""
        return self._batch.id

    @property
    def records(self) -> Sequence[Record]:
        """The input records, in offset order per topic."""
        return self._batch.records

    @property
    def done(self) -> Sequence[Completion]:
        """The side effects of earlier transactions that have ended."""
        return self._batch.done

    def prepared(self, key: bytes) -> object | None:
        """Returns what `Stage.prepare` made of the row as it is in this transaction; None where it has to be done now."""
        return None if self._ahead is None or key in self.table.changes else self._ahead.get(key)

    def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Sends one record with this transaction; it is visible to `read_committed` readers after the commit.

        Without `partition` the key decides (murmur2, as every Kafka client); without both it is this partition's
        own number. Raises ValueError for an undeclared topic, a partition that is not there, a record too large,
        or neither key nor value. Without `headers` it has those that `carry` named.
        """
        if value is None and key is None:
            raise ValueError("a record needs a key or a value")
        size = len(key or b"") + len(value or b"")
        if size > self._outputs.max_record_bytes:
            raise ValueError(f"a record of {size} bytes for {topic} is above {self._outputs.max_record_bytes}")
        target = self._outputs.partition_for(topic, key, partition)
        self.sends.append(Send(topic, target, key, value, tuple(headers) or self.table.headers))

    def carry(self, headers: Headers) -> None:
        """Gives these headers to every record sent and every row written from here on, until told otherwise."""
        self.table.headers = headers

    def after_commit(self, key: bytes, effect: Effect) -> None:
        """Starts a side effect once this transaction is committed; its end comes back as a `Completion`.

        Bounded in number and time. Lost with the partition: commit a timer beside it that repeats it.
        """
        self.effects.append((key, effect))

    def note(self, say: Callable[[], None]) -> None:
        """Counts or logs something once this transaction is committed: what was rolled back was never so.

        `say` must not fail and must not wait. It is called in the context (contextvars) that is current now, so a log
        line has what was bound to it here.
        """
        self.notes.append(partial(copy_context().run, say))

    @property
    def committed(self) -> bool:
        """Whether the transaction has become true."""
        return self.outcome.done() and not self.outcome.cancelled() and self.outcome.exception() is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            about = about_committed(self._batch)
            try:
                with bound_contextvars(**about):  # whatever the engine says of the commit
                    await self._commit(self)
            except BaseException as failure:
                ending = CommitFailed(f"commit of partition {self.partition}: {failure!r}", about)
                ending.__cause__ = failure
                self._end(ending)
                raise ending from failure  # code behind the block must not run as if it had been committed
            self._end(None)
            for say in self.notes:
                say()
            return False
        if isinstance(error, Exception):
            failed = HandlerFailed(type(error).__name__, about_failed(self._batch))
            failed.__cause__ = error
            self._end(failed)
            return True  # the partition judges it; the agent lives on for the other partitions
        self.outcome.cancel()
        return False

    def _end(self, error: Exception | None) -> None:
        if self.outcome.done():
            return  # nobody waits any more: the partition was closed over it
        if error is None:
            self.outcome.set_result(None)
        else:
            self.outcome.set_exception(error)
