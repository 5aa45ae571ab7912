"""One run: load, start, wait until armed, idle, a steady stream of rungs, a burst."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.cases.catalogue import Catalogue
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from tests.bench.clocks.loading import load
from tests.bench.clocks.schedule import START, Schedule
from tests.bench.clocks.templates import ROOT, RUNGS, templates
from tests.bench.clocks.varying import Template
from tests.bench.clocks.watching import Seen, Watcher
from tests.bench.clocks.worker import Worker

PARTITIONS = 4
GRACE_S = 60.0
IDLE_S = 20.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run showed. Times in seconds, sizes in bytes."""

    cases: int
    record_median_bytes: float
    record_p95_bytes: int
    load_s: float
    ready_s: float
    ready_cpu_s: float  # of the worker alone: what a busy machine does not stretch
    armed: int
    empty_worker_bytes: int
    resident_bytes: int
    peak_bytes: int
    bytes_per_clock: float
    idle_cpu_share: float  # of one core, with every clock armed and none due
    scrape_s: float
    steady: int
    steady_per_s: int
    steady_seen: int
    steady_p50_s: float
    steady_p99_s: float
    burst: int
    burst_seen: int
    burst_all_s: float  # from the second's begin to the last row on the topic
    burst_cpu_us: float  # of the worker, per rung
    seen_twice: int
    without_new_rung: int


async def measure(
    connection: Connection, directory: Path, schedule: Schedule
) -> tuple[Figures, Seen, dict[bytes, float]]:
    """Runs the schedule against a worker process of its own; returns figures, what was seen and what was due."""
    topics = Topics(prefix=f"clocks{int(time.time())}", partitions=PARTITIONS, replication=1)
    await admin.create(connection, topics.specs())
    with Worker(connection, topics, directory, START) as empty:
        empty.await_ready()
        empty_bytes = empty.resident_bytes()
    made = [Template(one) for one in templates(Catalogue.load(ROOT / "deploy"))]
    began = time.monotonic()
    loaded = await load(connection, topics, made, schedule)
    load_s = time.monotonic() - began
    with Worker(connection, topics, directory, START) as worker:
        ready_s = await asyncio.to_thread(worker.await_ready)
        ready_cpu_s = worker.cpu_s()
        watcher = Watcher(connection, topics, worker.clock, RUNGS, keep_rows=schedule.cases <= 20_000)
        await watcher.start()
        try:
            armed = await _armed(worker, schedule)
            resident = worker.resident_bytes()
            share = await _idle(worker, schedule.steady_from - 1.0)
            asked_at = time.monotonic()
            worker.scrape()
            scrape_s = time.monotonic() - asked_at
            await watcher.watch(
                schedule.steady, worker.clock.real_seconds(schedule.burst_from - worker.clock.now()) - 0.5
            )
            cpu_before = worker.cpu_s()
            left = schedule.burst_from - worker.clock.now()
            seen = await watcher.watch(len(loaded.due), left + GRACE_S)
            burst_cpu = worker.cpu_s() - cpu_before
        finally:
            await watcher.stop()
        peak = worker.resident_bytes(peak=True)
    steady = seen.lateness(loaded.due, schedule.steady_from, schedule.burst_from)
    burst = seen.lateness(loaded.due, schedule.burst_from, schedule.burst_from + 1.0)
    last = max(
        (seen.at[key] for key, at in loaded.due.items() if at >= schedule.burst_from and key in seen.at), default=0.0
    )
    figures = Figures(
        cases=schedule.cases,
        record_median_bytes=statistics.median(loaded.sizes),
        record_p95_bytes=loaded.sizes[len(loaded.sizes) * 95 // 100],
        load_s=load_s,
        ready_s=ready_s,
        ready_cpu_s=ready_cpu_s,
        armed=armed,
        empty_worker_bytes=empty_bytes,
        resident_bytes=resident,
        peak_bytes=peak,
        bytes_per_clock=(resident - empty_bytes) / schedule.cases,
        idle_cpu_share=share,
        scrape_s=scrape_s,
        steady=schedule.steady,
        steady_per_s=schedule.rate_per_s,
        steady_seen=len(steady),
        steady_p50_s=_quantile(steady, 0.5),
        steady_p99_s=_quantile(steady, 0.99),
        burst=schedule.burst,
        burst_seen=len(burst),
        burst_all_s=last - schedule.burst_from,
        burst_cpu_us=burst_cpu / max(1, schedule.burst) * 1e6,
        seen_twice=seen.again,
        without_new_rung=seen.unclimbed,
    )
    return figures, seen, loaded.due


async def _armed(worker: Worker, schedule: Schedule) -> int:
    """Returns how many timers the worker shows; its gauges are renewed about once a second."""
    deadline = time.monotonic() + 30.0
    while True:
        armed = int(await asyncio.to_thread(worker.metric, "brudvagt_stage_timers_armed", 'stage="casework"'))
        if armed == schedule.cases or time.monotonic() > deadline:
            return armed
        await asyncio.sleep(0.2)


async def _idle(worker: Worker, until: float) -> float:
    """Returns which share of a core the worker used with nothing due, over the last IDLE_S before `until` (shown)."""
    wait_s = worker.clock.real_seconds(until - worker.clock.now())
    if wait_s <= 0:
        return 0.0
    if wait_s > IDLE_S:  # after a start the portfolio is still being counted, in a thread of its own
        await asyncio.sleep(wait_s - IDLE_S)
        wait_s = IDLE_S
    before = worker.cpu_s()
    await asyncio.sleep(wait_s)
    return (worker.cpu_s() - before) / wait_s


def _quantile(found: list[float], share: float) -> float:
    return found[min(len(found) - 1, int(len(found) * share))] if found else float("nan")
