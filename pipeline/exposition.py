"""The text of `/metrics`, written so that a page of the whole country costs milliseconds and holds up no clock.

Prometheus' client makes an object for each line and sorts its labels anew at every scrape: 8 µs a line, 75 ms for a
casework worker that has seen every kind of report from every municipality. A `Ready` family brings its lines as heads
that never change and numbers; it can still be collected like any other.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import chain
from threading import Lock
from typing import NamedTuple

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric, Sample
from prometheus_client.registry import Collector


class Head(NamedTuple):
    """What stands before the number of a series, and the same as labels."""

    text: str
    name: str
    labels: tuple[tuple[str, str], ...]


@cache  # bounded as the series are: by the definitions in which their labels are
def head(name: str, labels: tuple[str, ...], values: tuple[str, ...]) -> Head:
    """Returns the head of the series of `name` with these labels."""
    return _head(name, labels, values)


def _head(name: str, labels: tuple[str, ...], values: tuple[str, ...]) -> Head:
    pairs = tuple(zip(labels, map(str, values), strict=True))
    shown = ",".join(f'{label}="{_escaped(value)}"' for label, value in sorted(pairs))
    return Head(f"{name}{{{shown}}} " if shown else f"{name} ", name, pairs)


class Ready(Metric):
    """A family whose lines are ready but for their numbers."""

    def __init__(self, name: str, says: str, kind: str, rows: Sequence[tuple[Head, float]]) -> None:
        """`name` is a counter's without its `_total`, as Prometheus' client calls a family."""
        self.rows = rows
        super().__init__(name, says, kind)

    @property
    def samples(self) -> list[Sample]:  # made only where somebody asks for them
        """The same rows as the client's samples."""
        return [Sample(one.name, dict(one.labels), float(number)) for one, number in self.rows]

    @samples.setter
    def samples(self, _: list[Sample]) -> None:
        """There are no others than the rows."""

    @property
    def text(self) -> str:
        """The family as Prometheus reads it."""
        name = f"{self.name}_total" if self.type == "counter" else self.name
        says = self.documentation.replace("\\", r"\\").replace("\n", r"\n")
        lines = [f"{one.text}{float(number)!r}\n" for one, number in self.rows]
        return f"# HELP {name} {says}\n# TYPE {name} {self.type}\n" + "".join(lines)


class Sparse(Collector):
    """A counter of which thousands of series may be and few are: each is there from its first event on."""

    def __init__(self, name: str, says: str, labels: tuple[str, ...]) -> None:
        """`name` ends in `_total`. Registers itself."""
        self._name, self._says, self._labels = name, says, labels
        self._lock, self._numbers = Lock(), dict[Head, float]()
        REGISTRY.register(self)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, values: tuple[str, ...]) -> bool:
        return _head(self._name, self._labels, values) in self._numbers  # asked for what may never be: not kept

    def labels(self, *values: str) -> "Counted":
        """Returns the series with these values, in the labels' order."""
        if len(values) != len(self._labels):
            raise ValueError(f"{self._name} has the labels {', '.join(self._labels)}")
        return Counted(partial(self._add, head(self._name, self._labels, tuple(map(str, values)))))

    def describe(self) -> Iterable[Metric]:
        """Yields the family without its series."""
        return (CounterMetricFamily(self._name.removesuffix("_total"), self._says, labels=self._labels),)

    def collect(self) -> Iterable[Metric]:
        """Yields what was counted."""
        with self._lock:
            rows = list(self._numbers.items())
        return (Ready(self._name.removesuffix("_total"), self._says, "counter", rows),)

    def _add(self, series: Head, by: float) -> None:
        with self._lock:
            self._numbers[series] = self._numbers.get(series, 0.0) + by


class Counted(NamedTuple):
    """One series of a sparse counter."""

    add: Callable[[float], None]

    def inc(self, by: float = 1.0) -> None:
        """Counts; what is counted was committed."""
        self.add(by)


def page(registry: Collector = REGISTRY) -> bytes:
    """Returns what Prometheus reads: the same series as the client's own `generate_latest`, Ready families last."""
    ready, others = list[Ready](), list[Metric]()
    for family in registry.collect():
        if isinstance(family, Ready):
            ready.append(family)
        else:
            others.append(family)
    return b"".join(chain((generate_latest(_Given(others)),), (family.text.encode() for family in ready)))


class _Given(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
