"""`python -m tests.simulation --lives 100000 --seed 1 --workers 2`: lives so many lives, or stops at a broken rule."""

import multiprocessing
import sys
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized

import click

from tests.simulation.runs import Lived, worlds

_EVERY_S = 10.0


@click.command()
@click.option("--lives", default=100_000, show_default=True, help="How many case-lives.")
@click.option("--seed", default=1, show_default=True, help="The first world's seed; each world has the next one.")
@click.option("--workers", default=1, show_default=True, help="How many processes.")
def main(lives: int, seed: int, workers: int) -> None:
    """Run the pipeline's own logic through simulated lives and look for a broken rule."""
    found: Queue[Lived] = multiprocessing.Queue()
    free: Synchronized[int] = multiprocessing.Value("q", seed)
    processes = [multiprocessing.Process(target=_worker, args=(free, found), daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        sys.exit(follow(lives, found))
    finally:
        for process in processes:
            process.terminate()


def _worker(free: "Synchronized[int]", found: "Queue[Lived]") -> None:
    for lived in worlds(_taken(free)):
        found.put(lived)


def _taken(free: "Synchronized[int]") -> Iterator[int]:
    """Yields the next seed that nobody has taken, so that no worker runs ahead and leaves seeds behind."""
    while True:
        with free.get_lock():
            seed, free.value = free.value, free.value + 1
        yield seed


def follow(lives: int, found: "Queue[Lived]") -> int:
    """Counts until enough lives were lived; returns the exit status."""
    started = told = time.monotonic()
    seen: list[int] = []
    sums = {"lives": 0, "hard": 0, "commits": 0, "crashes": 0, "alerts": 0}
    while sums["lives"] < lives:
        one = found.get()
        if one.broken is not None:
            click.echo(f"seed {one.seed}: {one.broken}")
            click.echo(f"again: python -m tests.simulation --lives 1 --seed {one.seed}")
            return 1
        seen.append(one.seed)
        for name in sums:
            sums[name] += getattr(one, name)
        if time.monotonic() - told >= _EVERY_S or sums["lives"] >= lives:
            told = time.monotonic()
            rate = sums["lives"] / (told - started)
            figures = ", ".join(f"{number} {name}" for name, number in sums.items())
            click.echo(f"seeds {min(seen)}–{max(seen)}: {figures}; {rate:.1f} lives/s")
    unlived = sorted(set(range(min(seen), max(seen))) - set(seen))
    left = f"; still under way: {', '.join(map(str, unlived))}" if unlived else ""
    click.echo(f"{len(seen)} worlds, no rule broken{left}")
    return 0


if __name__ == "__main__":
    main()
