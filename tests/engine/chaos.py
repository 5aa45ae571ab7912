"""The long proof: `python -m tests.engine.chaos [REPORTS] [SEED]`, about ten minutes on Kafkas of its own.

While reports stream in and one handler in a thousand raises: kill -9 at random moments, workers that leave and join,
a worker suspended past its session, a broker killed and restarted, a broker frozen for 20 s. Alerts go to any of the
partitions, so that transactions span several. Then it counts. The same is done to a stock Faust agent, to see that
this count can find losses. Exit status 0 only if this engine lost nothing and doubled nothing, and stock Faust was
seen to lose.
"""

import asyncio
import logging
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.account import Account
from tests.engine.keeper import Keeper
from tests.engine.scene import OURS, STOCK_FAUST, Contestant, Scene
from tests.engine.torment import ACTS, stream, torment

STREAM_S = 60.0
STILL_S = 45.0
"""A lag that has not moved for so long will not: longer than any take-over, any session and any stall of Faust's."""
FAIL_EVERY = 1000


@dataclass(frozen=True)
class Run:
    """What was done to one contestant, and what became of the reports."""

    name: str
    seconds: float
    acts: Counter[str]
    exits: Counter[int]
    failed: int
    account: Account


async def run(contestant: Contestant, count: int, seed: int) -> Run:
    """Runs it once on a Kafka of its own."""
    with tempfile.TemporaryDirectory(prefix="brudvagt-chaos-") as made, ThreadPoolExecutor(1) as thread:
        loop, directory = asyncio.get_running_loop(), Path(made)
        broker = EmbeddedKafka(directory / "kafka", port=0)
        await loop.run_in_executor(thread, broker.start)  # the directory's lock belongs to the thread that took it
        keepers: list[Keeper] = []
        try:
            scene = Scene(broker.bootstrap, directory, contestant)
            await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix)
            began = time.monotonic()
            settings = {"max_batch": 20, "delay_s": 0.0005, "fail_every": FAIL_EVERY, "scatter": True}
            for name in ("first", "second"):
                keepers.append(Keeper(partial(scene.start, name, **settings)))
            sending = asyncio.create_task(stream(scene, count, STREAM_S))
            acts = await torment(broker, thread, (keepers[0], keepers[1]), random.Random(seed))
            await sending
            await scene.settled(STILL_S)
            seconds = time.monotonic() - began
            for keeper in keepers:
                keeper.stop()
            exits = sum((keeper.exits for keeper in keepers), Counter[int]())
            return Run(contestant.name, seconds, acts, exits, len(scene.failed_once()), await scene.account())
        finally:
            for keeper in keepers:
                keeper.stop()
            await loop.run_in_executor(thread, broker.stop)


def table(runs: list[Run]) -> Table:
    """Returns the figures, a column for each run."""
    shown = Table("", *(one.name for one in runs))
    rows: list[tuple[str, list[object]]] = [("seconds", [round(one.seconds) for one in runs])]
    rows += [(act, [one.acts[act] for one in runs]) for act in ACTS]
    rows += [
        ("handlers that raised once", [one.failed for one in runs]),
        ("exits with 70", [one.exits[70] for one in runs]),
        ("reports", [one.account.reports for one in runs]),
        ("not read to the end", [one.account.unread for one in runs]),
        ("lost", [one.account.lost for one in runs]),
        ("counted twice", [one.account.counted_twice for one in runs]),
        ("alerts missing", [one.account.alerts_missing for one in runs]),
        ("alerts doubled", [one.account.alerts_doubled for one in runs]),
    ]
    for name, values in rows:
        shown.add_row(name, *map(str, values))
    return shown


def bad(ours: Run, stock: Run, count: int) -> list[str]:
    """Returns what is wrong with the figures, in words."""
    found = []
    if not ours.account.exactly_once or ours.account.reports != count:
        found.append("this engine did not handle every report exactly once")
    if stock.account.lost == 0:
        found.append("stock Faust lost nothing: this count has not been seen to find a loss")
    found += [f"{one.name}: not everything was done to it" for one in (ours, stock) if one.acts != Counter(ACTS)]
    return found


async def main(count: int, seed: int) -> int:
    """Runs both; prints the table; returns the exit status."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the harness's own clients, while the broker is down
    kept = [f"{name} {version(name)}" for name in ("aiokafka", "faust-streaming")]
    sys.stdout.write(f"Python {platform.python_version()}, {', '.join(kept)}, {platform.machine()}, seed {seed}\n")
    runs = []
    for contestant in (OURS, STOCK_FAUST):
        sys.stdout.write(f"{contestant.name}: {count} reports\n")
        runs.append(await run(contestant, count, seed))
    Console(width=100).print(table(runs))
    wrong = bad(runs[0], runs[1], count)
    for sentence in wrong:
        sys.stdout.write(f"BAD: {sentence}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(arguments + [20_000, 7][len(arguments) :]))))
