"""The engine's own rows in a stage's table: input positions and partition count, in the transaction they belong to.

Stored in the table's topic and not in the group's offsets: state and position cannot disagree, a transaction has 3
round trips instead of 5 (p50 7.5 ms against 29.5 ms at 200/s), and no expiry of group offsets can replay everything
into a live table. The group's offsets are a copy for lag tools.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import orjson

from pipeline.engine.errors import EngineError, TopicMismatch

RESERVED: Final = b"\x00"
"""Keys that start with this byte are the engine's own; readers of a table skip them."""

LEDGER_KEY: Final = b"\x00engine"
SUSPECTS_KEY: Final = b"\x00suspects"

_VERSION: Final = 1


@dataclass(slots=True)
class Ledger:
    """The offset to read next per input topic, and how many partitions the topics had when it was written."""

    partitions: int
    positions: dict[str, int] = field(default_factory=dict)

    @classmethod
    def decode(cls, value: bytes | None, partitions: int) -> Self:
        """Reads the stored row; without one starts empty.

        Raises TopicMismatch when the row was written with another partition count: keys hash elsewhere now, so a
        change goes by export and import; EngineError for a row of a newer engine, or one that an unfinished import left.
        """
        if value is None:
            return cls(partitions)
        row = orjson.loads(value)
        if row["v"] != _VERSION:
            raise EngineError(f"the table was written by a newer engine (ledger version {row['v']}): update Brudvagt")
        if row.get("sealed"):
            raise EngineError("an import into the table was begun and has not ended: run `brudvagt import` again")
        if row["partitions"] != partitions:
            raise TopicMismatch(
                f"the table was written with {row['partitions']} partitions, its topics now have {partitions}: "
                "keys would hash elsewhere; export the table and import it into topics with the new count"
            )
        return cls(partitions, {str(topic): int(offset) for topic, offset in row["positions"].items()})

    def encode(self, moved: Mapping[str, int]) -> bytes:
        """Returns the row with the `moved` positions laid over the known ones."""
        positions = {**self.positions, **moved}
        return orjson.dumps({"v": _VERSION, "partitions": self.partitions, "positions": positions})

    def sealed(self) -> bytes:
        """Returns the row under which no stage starts: an import writes it before the first row, `encode` after the last."""
        return orjson.dumps({"v": _VERSION, "partitions": self.partitions, "positions": {}, "sealed": True})


def is_sealed(value: bytes | None) -> bool:
    """Tells whether a ledger's row is that of an import that has not ended."""
    return value is not None and bool(orjson.loads(value).get("sealed"))
