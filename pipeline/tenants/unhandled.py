"""How many records on ingress topics intake has not handled: by its table's own positions, which are never behind."""

from collections.abc import Sequence

from aiokafka import TopicPartition

from pipeline.backup.snapshot import reader
from pipeline.kafka.connection import Connection
from pipeline.kafka.ruler import Ruler
from pipeline.kafka.starting import running
from pipeline.kafka.topics import Topics
from pipeline.tenants.positions import positions


async def unhandled(connection: Connection, topics: Topics, names: Sequence[str]) -> int:
    """Returns the number over all partitions of the topics `names`; all that lies there if intake never came.

    The group's copy of the positions would not do: half a second behind, and gone after a week without a worker. Raises
    LookupError for a missing topic, BrokerError without a broker.
    """
    async with running(reader(connection), connection) as consumer:
        there = await consumer.topics()
        if lacking := sorted(set(names) - set(there)):
            raise LookupError(f"there is no topic {', '.join(lacking)}; `brudvagt topics create` makes what is missing")
        found = 0
        async with running(Ruler(connection, names), connection) as ruler:
            for number in range(topics.partitions):
                known = (
                    await positions(consumer, TopicPartition(topics.intake, number)) if topics.intake in there else {}
                )
                parts = [TopicPartition(name, number) for name in names]
                begins, ends = await ruler.beginning_offsets(parts), await ruler.end_offsets(parts)
                found += sum(max(0, ends[part] - max(begins[part], known.get(part.topic, 0))) for part in parts)
        return found
