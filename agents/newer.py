"""What a newer Brudvagt has written stops a stage before it touches anything: better late than lost."""

from collections.abc import Mapping

import structlog

from agents.following import trace_of
from pipeline.engine import Record, Stage
from pipeline.engine.errors import EngineError, Transient
from pipeline.engine.timers import DueOf
from pipeline.logging import TRACE_ID
from schemas.row_version import refusal, unread

log = structlog.get_logger("agents")


class RefusedRow(EngineError):
    """A row of the stage's own table that it must not touch: the partition is not opened, the process ends with 70."""


class NewerRow(RefusedRow):
    """It has a version that this Brudvagt does not read."""


class NewerRecord(Transient):
    """A record on its input: nothing is committed, no record is accused, the process ends when patience does."""


def row_is_read(key: bytes, value: bytes) -> None:
    """Raises NewerRow for a row of a version that this Brudvagt does not read."""
    if (version := unread(value)) is not None:
        raise NewerRow(refusal(f"the row of {key.decode('utf-8', 'replace')}", version))


def record_is_read(record: Record) -> None:
    """Raises NewerRecord for such a record, and says so in the log: the engine tells no texts of handlers' errors."""
    if record.value is not None and (version := unread(record.value)) is not None:
        where = f"{record.topic}[{record.partition}]@{record.offset}"
        trace = trace_of(record)
        about = {} if trace is None else {TRACE_ID: trace.trace_id}
        log.error("a record of a newer Brudvagt waits", reason=refusal(where, version), **about)
        raise NewerRecord(where)


class Guard:
    """Stands before a stage's table: `due` for the engine, which asks it of every row while it reads, superseded ones
    too; whether one that is refused is still there is known when the partition has been read.
    """

    def __init__(self, due: DueOf) -> None:
        self._due = due
        self._met: set[bytes] = set()

    def due(self, key: bytes, value: bytes) -> float | None:
        """Returns when a row wants attention; notes a row that is refused, which wants none of this Brudvagt's."""
        try:
            return self._due(key, value)
        except RefusedRow:
            self._met.add(key)
            return None

    def opened(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        """Raises RefusedRow if a row that was met while reading still stands: the partition does not open."""
        for key in sorted(self._met):
            if (row := table.get(key)) is not None:
                self._due(key, row)

    def changed(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        """What this worker writes it can read."""

    def closed(self, partition: int) -> None:
        """Nothing is kept of a partition but keys that were superseded."""


def guard(stage: Stage, due: DueOf) -> None:
    """Puts a guard before a stage's table; first of its followers, so that no other sees rows that it cannot read."""
    own = Guard(due)
    stage.due = own.due
    stage.follow(own)
