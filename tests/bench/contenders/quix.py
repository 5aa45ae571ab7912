"""Quix Streams, exactly once: a StreamingDataFrame with state, as its documentation has it.

State in RocksDB with a changelog topic, checkpoints by Kafka transactions. Throughput runs commit once a second
(its default is 5 s); latency runs commit 100 times a second, since its documentation names `commit_interval` as the
longest time that a result stays invisible.
"""

from quixstreams import Application, State

from tests.bench.contenders.start import Meter, Task, told
from tests.bench.work import add, alert, validate


def run(task: Task) -> None:
    """Runs until all is handled."""
    meter = Meter(task.events)

    def processed(topic: str, partition: int, offset: int) -> None:
        if meter.handled(1):
            app.stop()  # which commits the last checkpoint

    app = Application(
        broker_address=task.bootstrap,
        consumer_group=task.prefix,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=1.0 if task.events else 0.01,
        consumer_poll_timeout=1.0 if task.events else 0.01,  # a checkpoint waits for the poll to return
        producer_extra_config={"linger.ms": task.linger_ms, "batch.size": 1_000_000},
        state_dir=task.directory,
        on_message_processed=processed,
        loglevel="ERROR",
    )
    reports = app.topic(task.reports, key_deserializer="bytes", value_deserializer="bytes")
    alerts = app.topic(task.alerts, key_serializer="bytes", value_serializer="bytes")

    def handle(value: bytes, state: State) -> bytes | None:
        meter.begin()
        report = validate(value)
        state.set("case", add(state.get("case"), report))  # Quix Streams encodes the row itself
        return alert(report)

    frame = app.dataframe(reports).apply(handle, stateful=True)
    frame = frame[frame.apply(lambda told: told is not None)]
    frame.to_topic(alerts)
    app.run()
    meter.say()


if __name__ == "__main__":
    run(told())
