"""A hand-written aiokafka loop with transactions: its "transactional consume, process, produce" example.

One producer; offsets go with the transaction. Nothing reads the state back after a restart, and aiokafka's old
offsets request carries no generation, so a member that lost its partitions is not fenced: less than what the engine
promises, and less work. Back-off 10 ms as in the engine; aiokafka's 100 ms would be paid by every transaction.
"""

from asyncio import Future

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.contenders.start import BATCH_BYTES, MAX_BATCH, Meter, Task, told
from tests.bench.work import alert, apply, validate


async def loop(task: Task) -> None:
    """Runs until all is handled."""
    consumer = AIOKafkaConsumer(
        task.reports,
        bootstrap_servers=task.bootstrap,
        group_id=task.prefix,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap,
        transactional_id=task.prefix,
        linger_ms=task.linger_ms,
        max_batch_size=BATCH_BYTES,
        retry_backoff_ms=10,
    )
    await consumer.start()
    await producer.start()
    rows: dict[bytes, bytes] = {}
    meter = Meter(task.events)
    while True:
        fetched = await consumer.getmany(timeout_ms=500, max_records=MAX_BATCH)
        if not fetched:
            continue
        meter.begin()
        sent: list[Future[object]] = []
        async with producer.transaction():
            for part, records in fetched.items():
                for record in records:
                    report = validate(record.value)
                    row = rows[record.key] = apply(rows.get(record.key), report)
                    sent.append(await producer.send(task.changelog, row, key=record.key, partition=part.partition))
                    if (told := alert(report)) is not None:
                        sent.append(await producer.send(task.alerts, told, key=record.key))
            await producer.flush()
            for future in sent:
                future.result()  # aiokafka 0.14 would commit over a failed batch
            ends = {part: records[-1].offset + 1 for part, records in fetched.items()}
            await producer.send_offsets_to_transaction(ends, task.prefix)
        if meter.handled(sum(map(len, fetched.values()))):
            meter.say_and_leave()


if __name__ == "__main__":
    uvloop.run(loop(told()))
