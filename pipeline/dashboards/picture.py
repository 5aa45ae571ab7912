"""A dashboard as one SVG: the same panels, the same queries, for pages where no Grafana runs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.dashboards.panel import COLUMNS, Dashboard, Look, Panel, Unit
from pipeline.dashboards.prometheus import Series, Window

COLUMN, ROW, GAP, HEAD = 48, 26, 8, 64
COLOURS: Final = ("#1b6ca8", "#c1440e", "#2e7d32", "#8e44ad", "#b8860b", "#00838f", "#ad1457", "#5d4037", "#455a64")
GOOD, WARN, ALARM = "#2e7d32", "#b8860b", "#b71c1c"
LINES_MAX, BARS_MAX, ROWS_MAX = 9, 7, 6
LETTER, BOLD = 6.2, 7.3  # pixels of an average letter of a legend, of a title
LEGEND_ROWS, MORE_WIDTH = 2, 60
DENMARK: Final = ZoneInfo("Europe/Copenhagen")

_templates = Environment(
    loader=PackageLoader("pipeline.dashboards"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: its points as SVG takes them, name, colour, newest value."""

    name: str
    colour: str
    path: str
    last: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: name, length in pixels, colour, value in words."""

    name: str
    length: float
    colour: str
    value: str


@dataclass(frozen=True, slots=True)
class Box:
    """One panel as it is drawn."""

    title: str
    x: int
    y: int
    width: int
    height: int
    number: str = ""
    colour: str = GOOD
    lines: Sequence[Line] = ()
    legend: Sequence[Sequence[Line]] = ()
    top: str = ""
    bars: Sequence[Bar] = ()
    rows: Sequence[str] = ()
    more: int = 0


def draw(dashboard: Dashboard, shown: Mapping[Panel, Sequence[Series]], window: Window) -> str:
    """Returns the SVG of a dashboard with what Prometheus answered for each panel."""
    boxes: list[Box] = []
    x = y = row = 0
    for panel in dashboard.panels:
        if x + panel.width > COLUMNS:
            x, y, row = 0, y + row, 0
        boxes.append(_box(panel, shown[panel], window, x * COLUMN, HEAD + y * ROW))
        x, row = x + panel.width, max(row, panel.height)
    return _templates.get_template("dashboard.svg.j2").render(
        title=dashboard.title,
        about=dashboard.about,
        span=f"{_at(window.begin)} – {_at(window.end)}",
        boxes=boxes,
        stamp=stamp(dashboard),
        width=COLUMNS * COLUMN,
        height=HEAD + (y + row) * ROW,
    )


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, DENMARK).strftime("%d-%m-%Y %H.%M")


def _box(panel: Panel, found: Sequence[Series], window: Window, left: int, top: int) -> Box:
    width, height = panel.width * COLUMN - GAP, panel.height * ROW - GAP
    box = (panel.title, left + GAP // 2, top, width, height)
    ranked = sorted(found, key=lambda one: (-one.last, one.name))
    if panel.look is Look.NUMBER:
        total = found[0].last if found else 0.0
        return Box(*box, number=words(total, panel.unit), colour=_colour(panel, total))
    if panel.look is Look.LINES:
        lines, most = _lines(found[:LINES_MAX], panel.unit, window, width, height)
        legend = _legend(lines, width)
        return Box(
            *box, lines=lines, legend=legend, top=words(most, panel.unit), more=len(found) - sum(map(len, legend))
        )
    if panel.look is Look.TABLE:
        rows = [f"{words(one.last, panel.unit)}   {one.name}" for one in ranked[:ROWS_MAX]]
        return Box(*box, rows=rows or ["ingen"], more=max(0, len(found) - ROWS_MAX))
    return Box(*box, bars=_bars(panel, ranked[:BARS_MAX], width), more=max(0, len(found) - BARS_MAX))


def _lines(found: Sequence[Series], unit: Unit, window: Window, width: int, height: int) -> tuple[list[Line], float]:
    most = max((value for one in found for _, value in one.points), default=0.0) or 1.0
    wide, high = width - 24, height - 92

    def path(one: Series) -> str:
        return " ".join(
            f"{12 + (at - window.begin) / window.seconds * wide:.1f},{44 + high - max(0.0, value) / most * high:.1f}"
            for at, value in one.points
        )

    return [
        Line(one.name, COLOURS[number % len(COLOURS)], path(one), words(one.last, unit))
        for number, one in enumerate(found)
    ], most


def _legend(lines: Sequence[Line], width: int) -> list[list[Line]]:
    """Returns the names that fit below a plot, in rows; the last row leaves room for the number of the others."""
    rows: list[list[Line]] = [[]]
    left = float(width - 24)
    for line in lines:
        needs = (len(line.name) + len(line.last) + 6) * LETTER
        if needs > left:
            if len(rows) == LEGEND_ROWS:
                break
            rows.append([])
            left = float(width - 24 - MORE_WIDTH)
        rows[-1].append(line)
        left -= needs
    return rows


def title_width(panel: Panel) -> float:
    """Returns how much of its box a title fills, about: over 1 it would run into the next."""
    return len(panel.title) * BOLD / (panel.width * COLUMN - GAP - 24)


def stamp(dashboard: Dashboard) -> str:
    """Returns what tells a picture of these panels and queries from one of others."""
    said = [
        (panel.title, panel.look, panel.unit, [query.expression for query in panel.queries])
        for panel in dashboard.panels
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _bars(panel: Panel, ranked: Sequence[Series], width: int) -> list[Bar]:
    most = max((abs(one.last) for one in ranked), default=0.0) or 1.0
    room = width - 320
    return [
        Bar(
            one.name or "i alt",
            max(1.0, abs(one.last) / most * room),
            ALARM if one.last < 0 else _colour(panel, one.last),
            words(one.last, panel.unit),
        )
        for one in ranked
    ]


def _colour(panel: Panel, value: float) -> str:
    if panel.alarm_at is not None and value >= panel.alarm_at:
        return ALARM
    return WARN if panel.warn_at is not None and value >= panel.warn_at else GOOD


def words(value: float, unit: Unit) -> str:
    """Returns a number as Danish readers write it, with its unit."""
    if unit is Unit.SHARE:
        return f"{value * 100:.0f} %"
    if unit is Unit.PER_SECOND:
        return f"{value:.2f}/s".replace(".", ",")
    if unit is Unit.SECONDS:
        return _span(value)
    return f"{value:,.0f}".replace(",", ".") if value == round(value) else f"{value:.1f}".replace(".", ",")


def _span(seconds: float) -> str:
    size, sign = abs(seconds), "−" if seconds < 0 else ""
    if size < 1:
        return f"{sign}{size * 1000:.0f} ms"
    for bound, name, per in ((120, "s", 1), (7200, "min", 60), (172800, "t", 3600)):
        if size < bound:
            return f"{sign}{size / per:.1f} {name}".replace(".", ",")
    return f"{sign}{size / 86400:.1f} d".replace(".", ",")
