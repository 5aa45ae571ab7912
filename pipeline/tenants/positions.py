"""How far intake has read, by its table's own row, which is never behind."""

from collections.abc import Mapping

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.backup.progress import unseen
from pipeline.backup.snapshot import Meter, read_rows
from pipeline.engine.ledger import LEDGER_KEY


async def positions(consumer: AIOKafkaConsumer, table: TopicPartition) -> Mapping[str, int]:
    """Returns the offset that intake reads next, by topic; read as data, since there is nothing here to refuse."""
    consumer.assign([table])
    end = (await consumer.end_offsets([table]))[table]
    _, own = await read_rows(consumer, table, end, Meter(unseen, end))
    row = own.get(LEDGER_KEY)
    return {} if row is None else dict(orjson.loads(row)["positions"])
