"""`python -m tests.bench [PART…]`: throughput, latency, severity, clocks, all of them by default; `report` writes the page.

What takes how long on two idle cores: throughput 3 minutes, latency 5, the rest seconds to a minute.
"""

import asyncio
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pipeline.kafka.broker import EmbeddedKafka
from tests.bench import page, whole_path
from tests.bench.environments import ROOT, python_of
from tests.bench.field import FIELD
from tests.bench.latency import Delays, of_contender
from tests.bench.race import Run, run
from tests.bench.results import Result, result
from tests.bench.track import FROM_PAGE_CACHE, Track, lay

PARTS = ("throughput", "latency", "severity", "clocks")
SHORTER = {"clocks": ["--cases", "100000"]}
"""Where all parts run, a tenth of the million clocks: ten minutes for everything. `ONLY=clocks` takes its time."""

SLOW_PER_S, QUICK_PER_S = 5.0, 200.0


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice([*PARTS, "backup", "report"]))
@click.option("--rounds", default=3, show_default=True, help="Interleaved rounds of throughput.")
@click.option("--events", default=100_000, show_default=True, help="Reports in a round; slow contenders get a share.")
@click.option("--seconds", default=30.0, show_default=True, help="How long each contender is measured at 5/s.")
def main(parts: tuple[str, ...], rounds: int, events: int, seconds: float) -> None:
    """Runs the parts named, else all; prints the tables and keeps the figures below out/bench."""
    for environment in {contender.environment for contender in FIELD}:
        python_of(environment)  # before anything is timed
    for part in parts or PARTS:
        if part == "throughput":
            with broker() as bootstrap:
                finish(asyncio.run(race(bootstrap, rounds, events)))
        elif part == "latency":
            with broker() as bootstrap:
                finish(delays(bootstrap, seconds))
        elif part == "report":
            click.echo(page.write())
        elif importlib.util.find_spec(f"tests.bench.{part}") is not None:
            click.echo(f"\n{part}")
            shorter = [] if parts else SHORTER.get(part, [])
            subprocess.run([sys.executable, "-m", f"tests.bench.{part}", *shorter], cwd=ROOT, check=True)


@contextmanager
def broker() -> Iterator[str]:
    """A Kafka of the bench's own."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-bench-", ignore_cleanup_errors=True) as directory,
        EmbeddedKafka(Path(directory), port=0, overrides=FROM_PAGE_CACHE) as kafka,
    ):
        yield kafka.bootstrap


async def race(bootstrap: str, rounds: int, events: int) -> Result:
    """Runs the whole field, round by round, after one short round that warms up the broker and is not counted."""
    click.echo(f"throughput: {rounds} rounds of {events:,} reports, after a short one that does not count")
    tracks: dict[int, Track] = {}
    runs: list[Run] = []
    for number in range(rounds + 1):
        for contender in FIELD:
            share = int((events if number else events // 10) * contender.share)
            if share not in tracks:
                tracks[share] = await lay(bootstrap, share)
            one = await run(contender, tracks[share])
            click.echo(
                f"  round {number}  {contender.title:<30} {one.events_per_s:>9,.0f} events/s {one.cpu_s_per_100k:>7.2f} "
                f"CPU-s {one.peak_mib:>5.0f} MiB  {'; '.join(one.faults)}"
            )
            if number:
                runs.append(one)
    shares = ", ".join(f"{c.title} {int(events * c.share):,}" for c in FIELD if c.share != 1)
    workload = (
        f"{rounds} interleaved rounds; {events:,} reports of about 500 bytes on 4 partitions, ten per case ({shares}); "
        "validate, add to the case, alert for 5 %; one process each, one broker on the same machine, page cache"
    )
    return result("throughput", workload, runs=runs)


def delays(bootstrap: str, seconds: float) -> Result:
    """Measures the pipeline and the field at both rates; at 200/s a quarter of the time suffices."""
    click.echo(f"latency: {SLOW_PER_S:g}/s for {seconds:g} s, {QUICK_PER_S:g}/s for {seconds / 4:g} s")
    found: list[Delays] = []

    def add(one: Delays) -> None:
        found.append(one)
        p50, p99 = one.quantile(0.5), one.quantile(0.99)
        click.echo(f"  {one.contender:<36} {one.per_s:>4g}/s  p50 {p50:>7.1f} ms  p99 {p99:>7.1f} ms  lost {one.lost}")

    add(whole_path.of_pipeline(bootstrap, SLOW_PER_S, seconds))
    for contender in FIELD:
        for per_s, lasting_s in ((SLOW_PER_S, seconds), (QUICK_PER_S, seconds / 4)):
            add(asyncio.run(of_contender(contender, bootstrap, per_s, lasting_s)))
    workload = (
        f"every report alerts; {SLOW_PER_S:g}/s for {seconds:g} s and {QUICK_PER_S:g}/s for {seconds / 4:g} s, after 40 "
        "that do not count; from the call of the sender's `send` to the alert in the hands of a `read_committed` reader"
    )
    return result("latency", workload, delays=found)


def finish(found: Result) -> None:
    """Keeps a result and prints its table and targets."""
    path = found.save()
    click.echo(f"\n{page.section(found)}\nkept in {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
