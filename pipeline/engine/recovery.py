"""Recovery: a partition of the table's topic, read from the beginning to the last stable offset."""

from dataclasses import dataclass

from pipeline.engine.ledger import RESERVED
from pipeline.engine.port import Port


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A table as last committed: its rows, the engine's own rows, and how many records were read for it."""

    rows: dict[bytes, bytes]
    reserved: dict[bytes, bytes]
    read: int


async def rebuild(port: Port, topic: str, partition: int) -> Rebuilt:
    """Reads one partition of a compacted topic; the last committed value of each key counts, a tombstone removes it.

    Call it only behind the fence: before, an older owner could still commit over what was read. The end is the last
    stable offset. A commit is answered before its markers are written, so for a moment the stable end can be short of
    what is committed; but InitProducerId is refused (CONCURRENT_TRANSACTIONS) until the markers of the id's last
    transaction stand, so behind the fence nothing committed is beyond it.
    """
    table: dict[bytes, bytes] = {}
    read = 0
    async for rows in port.scan(topic, partition):
        read += len(rows)
        for key, value in rows:
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    reserved = {key: table.pop(key) for key in [key for key in table if key[:1] == RESERVED]}
    return Rebuilt(table, reserved, read)
