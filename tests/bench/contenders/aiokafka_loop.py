"""A hand-written aiokafka loop without transactions: at least once, and no reading back of its state after a restart.

aiokafka's manual-commit example with many records in a poll: send everything, flush, look at each result, commit.
"""

from asyncio import Future
from collections.abc import Callable

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.contenders.start import BATCH_BYTES, MAX_BATCH, Meter, Task, told
from tests.bench.work import Report, alert, apply, validate


def all_of_them(report: Report) -> bool:
    """Keeps every report."""
    return True


async def loop(task: Task, keep: Callable[[Report], bool] = all_of_them) -> None:
    """Runs until all is handled. `keep` says which reports are worth handling; an honest loop keeps them all."""
    consumer = AIOKafkaConsumer(
        task.reports,
        bootstrap_servers=task.bootstrap,
        group_id=task.prefix,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap,
        enable_idempotence=True,  # with acks=all: a retry neither doubles nor reorders
        linger_ms=task.linger_ms,
        max_batch_size=BATCH_BYTES,
    )
    await consumer.start()
    await producer.start()
    rows: dict[bytes, bytes] = {}
    meter = Meter(task.events)
    while True:
        fetched = await consumer.getmany(timeout_ms=500, max_records=MAX_BATCH)
        sent: list[Future[object]] = []
        for part, records in fetched.items():
            meter.begin()
            for record in records:
                report = validate(record.value)
                if not keep(report):
                    continue
                row = rows[record.key] = apply(rows.get(record.key), report)
                sent.append(await producer.send(task.changelog, row, key=record.key, partition=part.partition))
                if (told := alert(report)) is not None:
                    sent.append(await producer.send(task.alerts, told, key=record.key))
        if not fetched:
            continue
        await producer.flush()
        for future in sent:
            future.result()
        await consumer.commit()
        if meter.handled(sum(map(len, fetched.values()))):
            meter.say_and_leave()


if __name__ == "__main__":
    uvloop.run(loop(told()))
