"""Asking a Prometheus what a panel asks: its HTTP API, instant and over time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from pydantic import BaseModel

from pipeline.dashboards.danish import danish
from pipeline.dashboards.panel import LABEL, Dashboard, Look, Panel, Query, filled

POINTS = 120
"""How many points a line has at most; Prometheus answers with one per step."""

BUDGET_S = 15.0


class QueryError(Exception):
    """Prometheus refused a query or cannot be reached; the message names both."""


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: tuple[tuple[float, str], ...] = ()


class _Data(BaseModel):
    result: tuple[_Series, ...] = ()


class _Answer(BaseModel):
    status: str
    error: str = ""
    data: _Data = _Data()


@dataclass(frozen=True, slots=True)
class Series:
    """One answer of a query: its name as the legend says, its labels, and points of (unix seconds, value)."""

    name: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def last(self) -> float:
        """The newest value."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class Window:
    """What a dashboard looks back over: from `begin` to `end`, unix seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> int:
        """How long it is."""
        return max(1, round(self.end - self.begin))


async def ask(
    session: aiohttp.ClientSession, url: str, dashboard: Dashboard, window: Window
) -> dict[Panel, list[Series]]:
    """Returns what every panel of a dashboard shows. Raises `QueryError`."""
    return {
        panel: [one for query in panel.queries for one in await _series(session, url, panel, query, window)]
        for panel in dashboard.panels
    }


async def _series(session: aiohttp.ClientSession, url: str, panel: Panel, query: Query, window: Window) -> list[Series]:
    rate_s = max(15, window.seconds // 10)
    expression = filled(query.expression, back=f"{window.seconds}s", rate=f"{rate_s}s")
    parameters = {"query": expression, "time": str(window.end)}
    path = "query"
    if panel.look is Look.LINES:
        step = max(1.0, window.seconds / POINTS)
        path = "query_range"
        parameters = {"query": expression, "start": str(window.begin), "end": str(window.end), "step": str(step)}
    try:
        async with session.get(
            f"{url.rstrip('/')}/api/v1/{path}", params=parameters, timeout=aiohttp.ClientTimeout(BUDGET_S)
        ) as response:
            answer = _Answer.model_validate_json(await response.read())
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise QueryError(f"{url} did not answer {expression}: {type(error).__name__}") from None
    if answer.status != "success":
        raise QueryError(f"{panel.title}: {expression}: {answer.error}")
    return [one for series in answer.data.result if (one := _read(series, query)).points]


def _read(series: _Series, query: Query) -> Series:
    raw = series.values or ((series.value,) if series.value is not None else ())
    points = tuple((at, value) for at, text in raw if math.isfinite(value := float(text)))
    return Series(_name(query, series.metric), series.metric, points)


def _name(query: Query, labels: Mapping[str, str]) -> str:
    if not query.legend:
        return " · ".join(danish(name, value) for name, value in sorted(labels.items()) if name != "__name__")
    named = LABEL.sub(lambda found: danish(found[1], labels.get(found[1], "")), query.legend)
    return danish("", named.strip())
