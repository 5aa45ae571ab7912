"""confluent-kafka with transactions: its example `eos-transactions.py`, with a whole consumer group and many records.

librdkafka does fetching, batching and checksums in C threads of its own. Nothing reads the state back after a restart.
"""

from confluent_kafka import Consumer, Message, Producer

from tests.bench.contenders.start import MAX_BATCH, Meter, Task, told
from tests.bench.work import alert, apply, validate

ENDLESS_S = 30.0


def take(consumer: Consumer) -> list[Message]:
    """Waits for a first record, then takes what else lies ready: waiting for a full batch would cost latency."""
    first = consumer.poll(1.0)
    if first is None:
        return []
    taken = [first, *consumer.consume(MAX_BATCH - 1, 0)]
    for one in taken:
        if one.error():
            raise RuntimeError(one.error())
    return taken


def loop(task: Task) -> None:
    """Runs until all is handled."""
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap,
            "group.id": task.prefix,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": task.bootstrap,
            "transactional.id": task.prefix,
            "linger.ms": task.linger_ms,
            "batch.size": 1_000_000,
            "partitioner": "murmur2_random",  # as every other client, so that a case stays on one partition
        }
    )
    producer.init_transactions(ENDLESS_S)
    consumer.subscribe([task.reports])
    rows: dict[bytes, bytes] = {}
    meter = Meter(task.events)
    while True:
        taken = take(consumer)
        if not taken:
            continue
        meter.begin()
        producer.begin_transaction()
        for record in taken:
            key = record.key()
            report = validate(record.value())
            row = rows[key] = apply(rows.get(key), report)
            producer.produce(task.changelog, row, key, partition=record.partition())
            if (told := alert(report)) is not None:
                producer.produce(task.alerts, told, key)
        positions = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), ENDLESS_S)
        producer.commit_transaction(ENDLESS_S)  # flushes first, and fails if a record could not be delivered
        if meter.handled(len(taken)):
            meter.say_and_leave()


if __name__ == "__main__":
    loop(told())
