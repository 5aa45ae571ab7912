"""What fired when, by Prometheus' own timestamps: not when a test happened to look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from system_tests.prometheus import LOOK_S, Prometheus, Sample, Series
from system_tests.rules import SWITCH

GAP_S: Final = 6.0
"""A busy machine lets Prometheus miss a look or two. No rule's wait is so short: what fires again came back later."""

_OWN: Final = {"__name__", "alertname", "alertstate", "severity", "about", "job"}


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its first firing to its last; times in unix seconds. `labels` are what its series brought."""

    alert: str
    labels: Mapping[str, str]
    active_at: float
    firing_at: float
    ended_at: float | None

    @property
    def worker(self) -> str:
        """The role that it is about, if it is about one."""
        return self.labels.get("worker", "")


def episodes(prometheus: Prometheus, since: float) -> list[Episode]:
    """Returns what fired since a moment, the dead man's switch left out, in the order of time."""
    now = last_look(prometheus, since)
    waited = {_key(one.labels): one.samples for one in prometheus.ask("ALERTS_FOR_STATE", since)}
    found = []
    for series in prometheus.ask(f'ALERTS{{alertname!="{SWITCH}",alertstate="firing"}}', since):
        for run in runs(series.samples):
            began, last = run[0].at, run[-1].at
            active = [s.value for s in waited.get(_key(series.labels), ()) if s.at <= began]
            found.append(
                Episode(
                    series.labels["alertname"],
                    {name: value for name, value in series.labels.items() if name not in _OWN},
                    active[-1] if active else began,
                    began,
                    last + LOOK_S if last < now - GAP_S else None,
                )
            )
    return sorted(found, key=lambda one: one.firing_at)


def last_look(prometheus: Prometheus, since: float) -> float:
    """Returns when the rules were last evaluated, by the one alert that always fires."""
    return max((one.samples[-1].at for one in _switch(prometheus, since)), default=since)


def longest_blink(prometheus: Prometheus, since: float) -> float:
    """Returns the longest time in seconds between two evaluations of the rules, or two scrapes of a process."""
    seen = [*_switch(prometheus, since), *prometheus.ask("up", since)]
    gaps = [later.at - one.at for series in seen for one, later in pairwise(series.samples)]
    return max(gaps, default=LOOK_S)


def runs(samples: Sequence[Sample], holds: Callable[[float], bool] = lambda _: True) -> Iterator[list[Sample]]:
    """Yields the stretches of samples for which a value holds, without a gap."""
    run: list[Sample] = []
    for sample in samples:
        if run and (sample.at - run[-1].at > GAP_S or not holds(sample.value)):
            yield run
            run = []
        if holds(sample.value):
            run.append(sample)
    if run:
        yield run


def first(samples: Iterable[Sample], holds: Callable[[float], bool]) -> float | None:
    """Returns when a value first held."""
    return next((sample.at for sample in samples if holds(sample.value)), None)


def _switch(prometheus: Prometheus, since: float) -> list[Series]:
    return prometheus.ask(f'ALERTS{{alertname="{SWITCH}"}}', since)


def _key(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in labels.items() if name not in ("__name__", "alertstate"))
