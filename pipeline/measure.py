"""How a metric is defined: once, with its unit in its name, its labels with all they can say, and what it is for.

The definition registers the metric with Prometheus' client, sets it to zero, bounds it, and writes its line in
`docs/metrics.md`. No label may hold a key, a text or an offset: each has a closed set of values or a stated bound.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from pipeline.exposition import Sparse

PREFIX: Final = "brudvagt_"

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a series was born says nothing that an alert needs, and doubles every scrape


class Kind(StrEnum):
    """Prometheus' own words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Born(StrEnum):
    """When the series of a metric come to be: absence must mean that something is wrong, or nothing at all."""

    AT_START = "at start, with zero"
    FIRST_EVENT = "with the first event"
    WHILE_OWNED = "while this process owns the partition"
    COMPUTED = "at every scrape"


@dataclass(frozen=True, slots=True)
class Label:
    """A label. `values` are all it can be; where the installation decides (municipalities), `most` says how many."""

    name: str
    values: tuple[str, ...] = ()
    most: int = 0

    @property
    def bound(self) -> int:
        """How many values it can have."""
        return len(self.values) or self.most


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric."""

    section: str
    name: str
    kind: Kind
    says: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    born: Born = Born.AT_START
    metric: Counter | Gauge | Histogram | None = None
    most: int = 0  # series of a process in all, where that is less than the labels allow

    @property
    def bound(self) -> int:
        """How many series one process can show; of a histogram each bucket, the sum and the count are one."""
        if self.most:
            return self.most
        number = 1
        for label in self.labels:
            number *= label.bound
        return number * (len(self.buckets) + 3 if self.kind is Kind.HISTOGRAM else 1)

    def zero(self, known: Mapping[str, Collection[str]]) -> None:
        """Makes every series that can be known exist; `known` gives the values that the installation decides."""
        if self.born is not Born.AT_START or self.metric is None or not self.labels:
            return
        sets: list[Iterable[str]] = [label.values or sorted(known.get(label.name, ())) for label in self.labels]
        for values in product(*sets):
            self.metric.labels(*values)


@dataclass(slots=True)
class Section:
    """The metrics of one subject, in the order of their definition."""

    title: str
    definitions: list[Definition] = field(default_factory=list)

    def counter(self, name: str, says: str, *labels: Label, born: Born = Born.AT_START) -> Counter:
        """Defines a counter; its name ends in `_total`. What it counts was committed."""
        metric = Counter(name, says, _names(labels))
        self._add(Definition(self.title, name, Kind.COUNTER, says, labels, born=born, metric=metric))
        return metric

    def sparse(self, name: str, says: str, *labels: Label, most: int = 0) -> Sparse:
        """Defines a counter of which far more series may be than ever are; each is born with its first event."""
        metric = Sparse(name, says, _names(labels))
        self._add(Definition(self.title, name, Kind.COUNTER, says, labels, born=Born.FIRST_EVENT, most=most))
        return metric

    def gauge(self, name: str, says: str, *labels: Label, born: Born = Born.AT_START) -> Gauge:
        """Defines a gauge."""
        metric = Gauge(name, says, _names(labels))
        self._add(Definition(self.title, name, Kind.GAUGE, says, labels, born=born, metric=metric))
        return metric

    def histogram(self, name: str, says: str, *labels: Label, buckets: Sequence[float]) -> Histogram:
        """Defines a histogram of seconds."""
        metric = Histogram(name, says, _names(labels), buckets=buckets)
        self._add(Definition(self.title, name, Kind.HISTOGRAM, says, labels, tuple(buckets), metric=metric))
        return metric

    def computed(self, name: str, says: str, *labels: Label) -> Definition:
        """Defines a gauge that a collector computes when it is asked for."""
        return self._add(Definition(self.title, name, Kind.GAUGE, says, labels, born=Born.COMPUTED))

    def zero(self, **known: Collection[str]) -> None:
        """Makes every series of the section that can be known exist at zero, so that a rate is right from the start."""
        for definition in self.definitions:
            definition.zero(known)

    def _add(self, definition: Definition) -> Definition:
        if not definition.name.startswith(PREFIX):
            raise ValueError(f"{definition.name}: a metric's name begins with {PREFIX}")
        if (definition.kind is Kind.COUNTER) != definition.name.endswith("_total"):
            raise ValueError(f"{definition.name}: a counter's name, and no other, ends in _total")
        for label in definition.labels:
            if not label.bound:
                raise ValueError(f"{definition.name}: the label {label.name} has neither its values nor a bound")
        self.definitions.append(definition)
        return definition


def _names(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(label.name for label in labels)
