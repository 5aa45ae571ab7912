"""Dashboards as Grafana's provisioned JSON (schema version 39, Grafana 11 and later)."""

from typing import Final

from pydantic import JsonValue

from pipeline.dashboards.danish import DANISH
from pipeline.dashboards.panel import COLUMNS, LABEL, Dashboard, Look, Panel, filled

SOURCE: Final[JsonValue] = {"type": "prometheus", "uid": "brudvagt-prometheus"}


def as_grafana(dashboard: Dashboard) -> dict[str, JsonValue]:
    """Returns a dashboard as Grafana reads it; positions follow from the panels' order and widths."""
    panels: list[JsonValue] = []
    x = y = row = 0
    for number, panel in enumerate(dashboard.panels, start=1):
        if x + panel.width > COLUMNS:
            x, y, row = 0, y + row, 0
        panels.append(_panel(panel, number, x, y))
        x, row = x + panel.width, max(row, panel.height)
    return {
        "uid": f"brudvagt-{dashboard.name}",
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["brudvagt"],
        "timezone": "Europe/Copenhagen",
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": dashboard.refresh,
        "time": {"from": f"now-{dashboard.back}", "to": "now"},
        "panels": panels,
    }


def _panel(panel: Panel, number: int, x: int, y: int) -> JsonValue:
    over_time = panel.look is Look.LINES
    targets: list[JsonValue] = [
        {
            "refId": chr(ord("A") + index),
            "datasource": SOURCE,
            "expr": filled(query.expression, back="$__range", rate="$__rate_interval"),
            "legendFormat": query.legend or "__auto",
            "instant": not over_time,
            "range": over_time,
            "format": "table" if panel.look is Look.TABLE else "time_series",
        }
        for index, query in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": str(panel.look),
        "title": panel.title,
        "description": panel.help,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "targets": targets,
        "fieldConfig": {
            "defaults": {"unit": str(panel.unit), "thresholds": _thresholds(panel), "noValue": "0"},
            "overrides": _names(panel),
        },
        "options": _options(panel),
    }


def _names(panel: Panel) -> JsonValue:
    """Returns the Danish names of the series that carry one label's value, or their own word, as their whole name."""
    legends = [query.legend for query in panel.queries]
    labels = {found[1] for legend in legends if (found := LABEL.fullmatch(legend))}
    words = {value: word for label in labels for value, word in DANISH.get(label, {}).items()}
    words |= {legend: DANISH[""][legend] for legend in legends if legend in DANISH[""]}
    return [
        {"matcher": {"id": "byName", "options": value}, "properties": [{"id": "displayName", "value": word}]}
        for value, word in words.items()
    ]


def _options(panel: Panel) -> JsonValue:
    if panel.look is Look.LINES:
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    if panel.look is Look.TABLE:
        return {"showHeader": True}
    shown: JsonValue = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    return {"reduceOptions": shown, "orientation": "horizontal" if panel.look is Look.BARS else "auto"}


def _thresholds(panel: Panel) -> JsonValue:
    steps: list[JsonValue] = [{"color": "green", "value": None}]
    if panel.warn_at is not None:
        steps.append({"color": "yellow", "value": panel.warn_at})
    if panel.alarm_at is not None:
        steps.append({"color": "red", "value": panel.alarm_at})
    return {"mode": "absolute", "steps": steps}
