"""The dashboards: what Grafana provisions is what is written here, and every query asks for a metric that there is."""

import re
from pathlib import Path

import orjson
import pytest
from prometheus_client import REGISTRY

import agents.worker  # noqa: F401 - registers every metric of the workers
import pipeline.audit.metrics
import pipeline.heartbeat.metrics  # noqa: F401 - and of those that host no stage
from pipeline.dashboards.catalogue import DASHBOARDS, files, write
from pipeline.dashboards.panel import COLUMNS, Dashboard, Panel
from pipeline.metrics import CASES_OPEN, NEAREST, SILENCES_ACTIVE

HOUSE = Path(__file__).resolve().parents[2]
PROVISIONED = HOUSE / "deploy" / "grafana" / "dashboards"
SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_created")
PANELS = [pytest.param(one, panel, id=f"{one.name}: {panel.title}") for one in DASHBOARDS for panel in one.panels]


def known_metrics() -> set[str]:
    """Returns the base name of every metric that a worker can show."""
    computed = {definition.name for definition in (CASES_OPEN, NEAREST, SILENCES_ACTIVE)}
    return {family.name for family in REGISTRY.collect()} | computed


def base_names(expression: str) -> set[str]:
    """Returns the base names of Brudvagt's metrics in an expression."""
    found = set(re.findall(r"\bbrudvagt_\w+", expression))
    return {next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name) for name in found}


def test_grafana_has_what_is_written_here() -> None:
    """`python -m pipeline.dashboards write` was run after the last change, and no file is left over."""
    there = {file.name: file.read_bytes() for file in PROVISIONED.glob("*.json")}
    assert there == files()


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_every_query_asks_for_a_metric_that_there_is(dashboard: Dashboard, panel: Panel) -> None:
    """A metric that was renamed would leave a panel empty for ever, and empty looks like well."""
    for query in panel.queries:
        names = base_names(query.expression)
        assert names or "up{" in query.expression, query.expression
        assert names <= known_metrics(), names - known_metrics()


def test_series_have_danish_names_in_grafana_too() -> None:
    """The bands of the first dashboard, and a mail that is an alert's channel is no misdelivered mail."""
    overrides = {
        (panel["title"], one["matcher"]["options"]): one["properties"][0]["value"]
        for content in files().values()
        for panel in orjson.loads(content)["panels"]
        for one in panel["fieldConfig"]["overrides"]
    }
    assert overrides["Åbne sager efter tid tilbage", "under_4h"] == "under 4 t"
    assert overrides["Sager efter art", "mail"] == "fejlsendt post"
    assert ("Leveringer i perioden", "mail") not in overrides


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_panels_stand_side_by_side(dashboard: Dashboard) -> None:
    """No panel lies on another or beyond the grid, and each has a title of its own."""
    panels = orjson.loads(files()[f"{dashboard.name}.json"])["panels"]
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not mine & cells
        cells |= mine
    assert len({panel["title"] for panel in panels}) == len(panels)


def test_what_is_no_dashboard_any_more_is_removed(tmp_path: Path) -> None:
    """A dashboard that was given up does not stay in Grafana."""
    (tmp_path / "old.json").write_text("{}")
    assert {file.name for file in write(tmp_path)} == {file.name for file in tmp_path.iterdir()} == set(files())
