"""Brudvagt's engine: a Faust agent over one Kafka transaction per batch, with the worker's defaults but for the batch size."""

import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import structlog

from pipeline.engine import Stage, Tx, WorkerSettings, run_worker
from pipeline.timebase import Clock
from tests.bench.contenders.start import MAX_BATCH, Meter, Task, told
from tests.bench.work import alert, apply, validate


@dataclass(frozen=True)
class Loopback:
    """A connection without security."""

    bootstrap: str

    def client_kwargs(self) -> dict[str, object]:
        """Returns aiokafka's arguments."""
        return {"bootstrap_servers": self.bootstrap}


def stage(task: Task) -> Stage:
    """Returns the stage."""
    made = Stage(task.prefix, inputs=[task.reports], table=task.changelog, outputs=[task.alerts])
    meter = Meter(task.events)

    @made.agent
    async def work(batches: AsyncIterator[Tx]) -> None:
        async for batch in batches:
            meter.begin()
            async with batch as tx:
                for record in tx.records:
                    assert record.key is not None
                    assert record.value is not None
                    report = validate(record.value)
                    tx.table[record.key] = apply(tx.table.get(record.key), report)
                    if (told := alert(report)) is not None:
                        tx.send(task.alerts, told, key=record.key)
            if batch.committed and meter.handled(len(batch.records)):
                meter.say_and_leave()

    return made


def main() -> int:
    """Runs until all is handled, or until it is told to stop."""
    task = told()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    connection = Loopback(task.bootstrap)
    settings = WorkerSettings(health_port=None)
    if task.events:
        settings = replace(settings, max_batch=MAX_BATCH)  # as large as the loops' for throughput; 500 for latency
    return run_worker([stage(task)], connection, Clock.real(), settings)


if __name__ == "__main__":
    sys.exit(main())
