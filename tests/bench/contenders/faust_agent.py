"""A stock Faust agent with a table, as its documentation has it.

Table in memory (Faust's default, and quicker than RocksDB), Cython's streams and uvloop, DEBUG logging off, and the
knobs that its settings page names for throughput: linger, batch size, poll size. `exactly_once` is left off: with it
Faust loses records (docs/engine.md).
"""

import asyncio
import os
import sys

import faust
import mode.loop

from tests.bench.contenders.start import BATCH_BYTES, MAX_BATCH, Meter, told
from tests.bench.work import alert, apply, validate

mode.loop.use("uvloop")  # before an app is made, as `faust --loop uvloop` does; its default is asyncio's own
task = told()
meter = Meter(task.events)
app = faust.App(
    task.prefix,
    broker=f"kafka://{task.bootstrap}",
    store="memory://",
    datadir=task.directory,
    topic_partitions=4,
    topic_replication_factor=1,
    web_enabled=False,
    producer_linger=task.linger_ms / 1000,
    producer_max_batch_size=BATCH_BYTES,
    broker_max_poll_records=MAX_BATCH,
)
reports = app.topic(task.reports, key_type=bytes, value_type=bytes, value_serializer="raw", partitions=4)
alerts = app.topic(task.alerts, key_type=bytes, value_type=bytes, value_serializer="raw", partitions=4)
cases = app.Table("cases", key_type=bytes, value_type=bytes, partitions=4)


@app.agent(reports)  # type: ignore[untyped-decorator]
async def on_report(stream: faust.Stream) -> None:
    """Handles reports one by one."""
    async for key, value in stream.items():
        meter.begin()
        report = validate(value)
        cases[key] = apply(cases.get(key), report)
        if (told := alert(report)) is not None:
            await alerts.send(key=key, value=told)
        if meter.handled(1):
            asyncio.get_running_loop().create_task(finish())


async def finish() -> None:
    """Waits until everything is produced and every offset committed: only then is the work done."""
    assert type(asyncio.get_running_loop()).__module__ == "uvloop", "Faust has ignored the loop it was given"
    await app.producer.flush()
    while any(app.consumer._acked.values()):
        await app.consumer.commit()
        await asyncio.sleep(0.01)
    meter.say_and_leave()


if __name__ == "__main__":
    os.environ.setdefault("NO_CYTHON", "")
    sys.argv = [sys.argv[0], "worker", "-l", "warn", "--without-web"]
    app.main()
