"""`python -m tests.bench.clocks [--cases N]` prints a table of figures and writes `out/bench/clocks.json`."""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from tests.bench.clocks.measuring import Figures, measure
from tests.bench.clocks.schedule import Schedule
from tests.bench.clocks.templates import ROOT

OUT = ROOT / "out" / "bench" / "clocks.json"
GIB = 1 << 30


def schedule_for(cases: int, margin_s: float | None) -> Schedule:
    """Returns the schedule for so many cases: a tenth due in one second, the whole run at 1,000 a second or less."""
    return Schedule(
        cases=cases,
        burst=cases // 10,
        rate_per_s=min(1000, max(1, cases // 40)),
        steady_s=min(30, max(4, cases // 20_000)),
        margin_s=margin_s if margin_s is not None else 20 + cases / 12_500,
        pause_s=5.0,
    )


def table(one: Figures) -> str:
    """Returns the figures as lines of text, each beside its target for a million cases."""
    rows = [
        ("open clocks", f"{one.cases:,}", ""),
        ("record after three rungs", f"median {one.record_median_bytes:,.0f} B, p95 {one.record_p95_bytes:,} B", ""),
        ("loaded through Kafka in", f"{one.load_s:.1f} s", ""),
        ("start to ready", f"{one.ready_s:.1f} s", "60 s"),
        ("  processor time of the worker", f"{one.ready_cpu_s:.1f} s", ""),
        ("armed", f"{one.armed:,}", "all"),
        ("memory with all armed", f"{one.resident_bytes / GIB:.2f} GiB", "6 GiB"),
        ("memory at most", f"{one.peak_bytes / GIB:.2f} GiB", "6 GiB"),
        ("memory per open clock", f"{one.bytes_per_clock:,.0f} B", ""),
        ("worker without a case", f"{one.empty_worker_bytes / GIB:.2f} GiB", ""),
        ("idle, all armed", f"{one.idle_cpu_share * 100:.1f} % of a core", ""),
        ("one look at /metrics", f"{one.scrape_s:.2f} s", ""),
        (f"lateness at {one.steady_per_s:,}/s", f"p50 {one.steady_p50_s * 1e3:.0f} ms, p99 {one.steady_p99_s * 1e3:.0f} ms",
         "p99 200 ms"),
        ("  seen", f"{one.steady_seen:,} of {one.steady:,}", "all"),
        (f"{one.burst:,} due in one second", f"all visible after {one.burst_all_s:.1f} s", "10 s"),
        ("  seen", f"{one.burst_seen:,} of {one.burst:,}", "all"),
        ("  processor time of the worker", f"{one.burst_cpu_us:.0f} µs a rung", ""),
        ("rows written twice", str(one.seen_twice), "0"),
        ("rows without a new rung", str(one.without_new_rung), "0"),
    ]  # fmt: skip
    return "\n".join(f"{name:<32} {value:<34} {target}".rstrip() for name, value, target in rows)


def main() -> None:
    """Measures on a Kafka of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--margin", type=float, default=None, help="seconds from the worker's start to the first rung")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-clocks-", ignore_cleanup_errors=True) as directory,
        EmbeddedKafka(Path(directory) / "kafka", port=0) as broker,
    ):
        connection = Connection(servers=(broker.bootstrap,))
        figures, _, _ = asyncio.run(measure(connection, Path(directory), schedule_for(wanted.cases, wanted.margin)))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(dataclasses.asdict(figures), indent=1) + "\n", "utf-8")
    sys.stdout.write(table(figures) + f"\n\nwritten to {OUT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
