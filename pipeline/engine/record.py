"""What comes in and what goes out: one Kafka record each way."""

from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]
"""Kafka's record headers: names may repeat, order counts."""


class Record(NamedTuple):
    """One committed input record. `timestamp_ms` is the broker's LogAppendTime, unix milliseconds, real time.

    A tuple, because one is made for each record: a frozen dataclass of seven fields costs five times as much.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int

    @property
    def position(self) -> str:
        """`topic[partition]@offset`: names a record in a log line without showing what is in it."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Send(NamedTuple):
    """One record that leaves with the transaction; `partition` is resolved when it is handed over."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Row(NamedTuple):
    """One record of a batch for a given topic and partition."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


Cells = tuple[bytes | None, bytes | None, Headers]
"""What a `Row` is to whoever unpacks it; a transaction's thousands are made by `zip`, with no Python call for each."""
