"""Recovery: a partition of the table's topic, read from the beginning to the last stable offset."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from pipeline.engine.ledger import RESERVED
from pipeline.engine.port import Port
from pipeline.engine.rows import PlainRows, Rows
from pipeline.engine.timers import DueOf


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A table as last committed: its rows, the engine's own rows, how many records were read, when each row is due."""

    rows: MutableMapping[bytes, bytes]
    reserved: dict[bytes, bytes]
    read: int
    armed: dict[bytes, float] = field(default_factory=dict)


async def rebuild(
    port: Port, topic: str, partition: int, due_of: DueOf | None = None, *, packed: bool = False
) -> Rebuilt:
    """Reads one partition of a compacted topic; the last committed value of each key counts, a tombstone removes it.

    Timers are read off each row as it passes by `due_of`: afterwards a million rows would be looked at while the loop
    stands still. With `packed` the rows are kept compressed in memory.

    Call it only behind the fence: before, an older owner could still commit over what was read. The end is the last
    stable offset. A commit is answered before its markers are written, so for a moment the stable end can be short of
    what is committed; but InitProducerId is refused (CONCURRENT_TRANSACTIONS) until the markers of the id's last
    transaction stand, so behind the fence nothing committed is beyond it.
    """
    table: MutableMapping[bytes, bytes] = Rows() if packed else PlainRows()
    reserved: dict[bytes, bytes] = {}
    armed: dict[bytes, float] = {}
    read = 0
    async for rows in port.scan(topic, partition):
        read += len(rows)
        for key, value in rows:
            kept: MutableMapping[bytes, bytes] = reserved if key[:1] == RESERVED else table
            if value is None:
                kept.pop(key, None)
                armed.pop(key, None)
                continue
            kept[key] = value
            if due_of is None or kept is reserved:
                continue
            if (due := due_of(key, value)) is not None:
                armed[key] = due
            else:
                armed.pop(key, None)
    return Rebuilt(table, reserved, read, armed)
