"""Runs worlds one after another until so many lives are lived; a violation carries the seed that makes it again."""

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from agents.context import Context
from pipeline.cases.catalogue import Catalogue
from pipeline.plans.load import load_plans
from tests.simulation.shorthand import shorthand
from tests.simulation.simulation import Simulation, shipped
from tests.simulation.unclosed_rules import EVERY
from tests.simulation.violation import Violation

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ON_REAL_BYTES = 20
WORLDS_BETWEEN_COLLECTIONS = 7  # odd, so that any share of the seeds meets it


@dataclass(frozen=True, slots=True)
class Lived:
    """What one world came to; `broken` is the sentence of the rule that broke."""

    seed: int
    lives: int
    hard: int  # of the lives: in worlds where people may be late, silent or wild
    commits: int
    crashes: int
    alerts: int
    seconds: float
    broken: str | None = None
    rule: str | None = None


@cache
def context() -> Context:
    """Returns the shipped law, rules and plans, read once; a settled case asks to be closed within the days of a world."""
    catalogue = replace(Catalogue.load(DEPLOY), unclosed_every=EVERY)
    return shipped(load_plans(DEPLOY / "municipalities"), catalogue)


def live(seed: int) -> Lived:
    """Runs the world of one seed. Any exception of the stages' own code is a broken rule too."""
    started = time.perf_counter()
    with nullcontext() if seed % ON_REAL_BYTES == 0 else shorthand():
        world = Simulation(seed, context())
        rule = broken = None
        try:
            world.run()
        except Violation as e:
            rule, broken = e.rule, str(e)
        except Exception as e:  # noqa: BLE001 - whatever the stages raise is what the run is looking for
            rule, broken = "the stages' own code never fails", f"{type(e).__name__}: {e}"
    seen = world.witness
    spent = time.perf_counter() - started
    hard = seen.cases if world.lives.hard else 0
    return Lived(seed, seen.cases, hard, seen.commits, seen.crashes, len(seen.alert_ids), spent, broken, rule)


def worlds(seeds: Iterable[int]) -> Iterator[Lived]:
    """Yields the worlds of these seeds.

    A world is thrown away as a whole, so rubbish is looked for between worlds only.
    """
    context()
    gc.disable()
    gc.collect()
    gc.freeze()
    for number, seed in enumerate(seeds, 1):
        yield live(seed)
        if number % WORLDS_BETWEEN_COLLECTIONS == 0:
            gc.collect()
