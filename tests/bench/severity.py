"""How long an assessment takes: `python -m tests.bench.severity`. Processor time, not wall time, so neighbours count less.

A shape of incident is what of it the rules look at. Three figures, over the labelled cases (the second over every fifth)
and for a report that says nothing at all: a shape met before (what a running worker does nearly always: a case is assessed
again at every fact, and everyday incidents look alike), a shape that a running worker meets for the first time, and the
first incident after a start. A first meeting costs more because every answer to every open question is judged, to say what
is worth asking.
"""

import functools
import itertools
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import pydantic

from pipeline.severity import assess as assessing
from pipeline.severity import dpc, ei, judge, questions, situation, unknowns
from pipeline.severity.assess import assess
from pipeline.severity.combine import combine
from pipeline.severity.labelled import facts_of, load_cases
from pipeline.severity.picture import Picture
from pipeline.severity.shape import shape
from schemas.facts import Fact
from tests.severity.said import ROOT, RULESET, report

ROUNDS, REPEATS = 15, 40
_NUMBERS = itertools.count()
Incident = tuple[Sequence[Fact], str]


@functools.cache
def incidents() -> list[Incident]:
    """Returns the labelled cases' facts, each with its municipality."""
    paths = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    return [(facts_of(case), case.municipality) for path in paths for case in load_cases(path)]


def forget() -> None:
    """Empties every memory of judgements, as in a worker that has just started."""
    for module in (assessing, dpc, ei, judge, questions, situation, unknowns):
        for thing in vars(module).values():
            clear = getattr(thing, "cache_clear", None)
            if clear is not None:
                clear()


def met_before(incident: Incident) -> float:
    """Returns microseconds for one assessment of a shape that is remembered."""
    return _timed(incident, REPEATS)


def never_met(incident: Incident) -> float:
    """Returns microseconds for one assessment with no memory of any judgement."""
    forget()
    return _timed(incident, 1)


def first_of_its_shape(incident: Incident) -> float:
    """Returns microseconds for one assessment by a worker that has met every labelled case of another shape."""
    forget()
    own = _shape(incident)
    for other in incidents():
        if _shape(other) != own:
            assess(other[0], RULESET, other[1])
    return _timed(incident, 1)


def _shape(incident: Incident) -> Picture:
    return shape(combine(incident[0]).picture, RULESET)


def _timed(incident: Incident, repeats: int) -> float:
    facts, municipality = incident
    fresh = [_as_new(facts) for _ in range(repeats)]
    start = time.process_time_ns()
    for one in fresh:
        assess(one, RULESET, municipality)
    return (time.process_time_ns() - start) / repeats / 1000


def _as_new(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Returns the facts with ids that no assessment has seen: another case of the same shape."""
    return [fact.model_copy(update={"fact_id": f"{next(_NUMBERS):032x}"}) for fact in facts]


def measure(
    label: str, method: Callable[[Incident], float], every: Sequence[Incident], *, rounds: int = ROUNDS
) -> None:
    """Prints median and spread over `every` incident, each the median of its rounds, in microseconds."""
    for incident in every if rounds == ROUNDS else ():
        method(incident)
    found = [statistics.median(method(incident) for _ in range(rounds)) for incident in every]
    found.sort()
    sys.stdout.write(
        f"{label:<28} median {statistics.median(found):7.0f} µs   "
        f"least {found[0]:7.0f}   90 % below {found[int(len(found) * 0.9)]:7.0f}   most {found[-1]:7.0f}   n={len(found)}\n"
    )


def main() -> None:
    """Prints the figures, with the machine and the versions."""
    sys.stdout.write(
        f"Python {platform.python_version()}, pydantic {pydantic.VERSION}, {platform.machine()}, "
        f"{_processor()}; rule set {RULESET.name}\n"
    )
    every, silent = incidents(), [([report({})], "657")]
    measure("shape met before", met_before, every)
    measure("shape never met", first_of_its_shape, every[::5], rounds=1)
    measure("first after a start", never_met, every)
    measure("says nothing, met before", met_before, silent)
    measure("says nothing, never met", first_of_its_shape, silent, rounds=3)
    measure("says nothing, after a start", never_met, silent)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


if __name__ == "__main__":
    main()
