"""A stage's table: the committed rows of one partition in memory, and a transaction's own writes over them."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final, TypeVar, overload

from pipeline.engine.errors import WrongPartition
from pipeline.engine.ledger import RESERVED
from pipeline.engine.partitioner import partition_of
from pipeline.engine.record import Headers

T = TypeVar("T")
_UNTOUCHED: Final = object()
"""Tells a row that this transaction has not touched from one that it has deleted."""


@dataclass(frozen=True, slots=True)
class TableRules:
    """What may be written: partition number and count, whether keys must hash here, record size in bytes."""

    topic: str
    partition: int
    partitions: int
    keyed: bool
    max_record_bytes: int


class TxTable(MutableMapping[bytes, bytes]):
    """The committed table under this transaction's own writes; memory changes only after the commit.

    `changes` maps a key to its new value, None for a tombstone. A failed commit leaves nothing to undo. `headers` are
    those of every row written from here on; `row_headers` has them by key, where there are any.
    """

    __slots__ = ("_committed", "_rules", "changes", "headers", "row_headers")

    def __init__(self, committed: Mapping[bytes, bytes], rules: TableRules) -> None:
        self._committed = committed
        self._rules = rules
        self.changes: dict[bytes, bytes | None] = {}
        self.headers: Headers = ()
        self.row_headers: dict[bytes, Headers] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.changes[key] if key in self.changes else self._committed.get(key)
        if value is None:
            raise KeyError(key)
        return value

    @overload
    def get(self, key: bytes, /) -> bytes | None: ...
    @overload
    def get(self, key: bytes, /, default: bytes | T) -> bytes | T: ...
    def get(self, key: bytes, /, default: object = None) -> object:
        """Returns the row, or `default`; what a stage asks for every record, so without the detour by an exception."""
        value = self.changes.get(key, _UNTOUCHED)
        if value is _UNTOUCHED:
            value = self._committed.get(key)
        return default if value is None else value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if key not in self.changes and key not in self._committed:
            self._check_key(key)
        if len(key) + len(value) > self._rules.max_record_bytes:
            raise ValueError(
                f"a row of {len(value)} bytes for {self._rules.topic} is above {self._rules.max_record_bytes}"
            )
        self.changes[key] = value
        if self.headers:
            self.row_headers[key] = self.headers

    def __delitem__(self, key: bytes) -> None:
        if key not in self:
            raise KeyError(key)
        self.changes[key] = None
        if self.headers:
            self.row_headers[key] = self.headers

    def __contains__(self, key: object) -> bool:
        if key in self.changes:
            return self.changes[key] is not None
        return key in self._committed

    def __iter__(self) -> Iterator[bytes]:
        yield from (key for key in self._committed if key not in self.changes)
        yield from (key for key, value in self.changes.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _check_key(self, key: bytes) -> None:
        rules = self._rules
        if key[:1] == RESERVED:
            raise ValueError("keys that start with byte 0 are the engine's own")
        # A row on another partition than its key's hash is found by nobody who looks the key up, and a second
        # owner would write the same key on the right one: two truths, each compacted for itself.
        if rules.keyed and (home := partition_of(key, rules.partitions)) != rules.partition:
            raise WrongPartition(
                f"a key written to {rules.topic}[{rules.partition}] belongs on partition {home}: "
                "send a record there instead, or declare the stage with keyed=False"
            )


def apply_changes(committed: MutableMapping[bytes, bytes], changes: Mapping[bytes, bytes | None]) -> None:
    """Takes a committed transaction's writes into memory."""
    rows = {key: value for key, value in changes.items() if value is not None}
    committed.update(rows)
    if len(rows) < len(changes):
        for key in changes.keys() - rows.keys():
            committed.pop(key, None)
