"""The words a dashboard is written in: a query, a panel, a dashboard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LABEL: Final = re.compile(r"\{\{(\w+)\}\}")
"""A label's name in a legend."""

COLUMNS: Final = 24
"""Grafana's grid is so wide; a panel's width is counted in its columns."""


class Look(StrEnum):
    """How a panel shows its numbers; the values are Grafana's names of its own panels."""

    NUMBER = "stat"
    LINES = "timeseries"
    BARS = "bargauge"
    TABLE = "table"


class Unit(StrEnum):
    """What the numbers are; the values are Grafana's names of its own units."""

    COUNT = "short"
    SECONDS = "s"
    PER_SECOND = "ops"
    SHARE = "percentunit"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and how its series are called.

    `legend` names labels in braces, `{{municipality}}`. `$range` in the expression is the range that the panel looks
    back over, `$rate` a range long enough for a rate; Grafana fills them in, and so does whoever asks Prometheus directly.
    """

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: title and help in Danish, queries, look, unit, width in columns."""

    title: str
    queries: Sequence[Query]
    look: Look
    unit: Unit = Unit.COUNT
    width: int = 12
    height: int = 8
    help: str = ""
    warn_at: float | None = None  # from here on yellow
    alarm_at: float | None = None  # from here on red


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels; `back` is how far it looks back when it is opened, in Prometheus' words."""

    name: str
    title: str
    about: str
    panels: Sequence[Panel]
    back: str = "24h"
    refresh: str = "30s"


def filled(expression: str, *, back: str, rate: str) -> str:
    """Returns an expression with its ranges filled in, as Prometheus takes it."""
    return expression.replace("$range", back).replace("$rate", rate)


def labelled(name: str, **labels: str) -> str:
    """Returns a metric with label matchers, as PromQL writes it."""
    return name + "{" + ", ".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def grown(series: str, back: str = "$range") -> str:
    """Returns the expression for how much a counter grew within `back`, exact also for a series that is new in it.

    `increase` needs two samples and guesses beyond them: of a counter that appears with its first event it sees
    nothing, and three events a day are mostly first ones. Where a worker started anew the count since then is shown.
    """
    return f"clamp_min({series} - ({series} offset {back} or {series} * 0), 0)"
