"""One canonical line for each batch, whatever the stage does with it; the engine counts and times it."""

import time
from collections.abc import AsyncIterator

import structlog

from pipeline.engine import Tx

log = structlog.get_logger("agents")


async def told(stage: str, batches: AsyncIterator[Tx]) -> AsyncIterator[Tx]:
    """Yields each batch of `stage` and, when its block has ended, logs how it went."""
    async for batch in batches:
        began = time.perf_counter()
        yield batch
        duration_s = time.perf_counter() - began
        log.info(
            "batch",
            stage=stage,
            partition=batch.partition,
            status="committed" if batch.committed else "failed",
            records=len(batch.records),
            due=len(batch.due),
            done=len(batch.done),
            duration_ms=round(duration_s * 1000, 1),
            batch_id=batch.batch_id,
            trace_ids=batch.mentions,
        )
