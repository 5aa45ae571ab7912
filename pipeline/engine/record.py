"""What comes in and what goes out: one Kafka record each way."""

from dataclasses import dataclass
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]
"""Kafka's record headers: names may repeat, order counts."""


@dataclass(frozen=True, slots=True)
class Record:
    """One committed input record. `timestamp_ms` is the broker's LogAppendTime, unix milliseconds, real time."""

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
