"""A dashboard's picture: what Prometheus answered is what is drawn, in Danish numbers."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.dashboards.catalogue import DASHBOARDS
from pipeline.dashboards.panel import Dashboard, Look, Panel, Query, Unit
from pipeline.dashboards.picture import ALARM, GOOD, WARN, draw, stamp, title_width, words
from pipeline.dashboards.prometheus import Series, Window

HOUSE = Path(__file__).resolve().parents[2]
WINDOW = Window(1_000.0, 1_100.0)
NUMBER = Panel("Overskredet", (Query("x"),), Look.NUMBER, warn_at=1, alarm_at=3)


def drawn(panel: Panel, *series: Series) -> str:
    """Returns the picture of a dashboard with this one panel."""
    return draw(Dashboard("one", "Titel", "Om", (panel,)), {panel: list(series)}, WINDOW)


def value(number: float, name: str = "") -> Series:
    """Returns an instant answer."""
    return Series(name, {}, ((1_100.0, number),))


@pytest.mark.parametrize(("number", "colour"), [(0, GOOD), (1, WARN), (2, WARN), (3, ALARM)])
def test_a_number_turns_yellow_and_red_at_its_bounds(number: int, colour: str) -> None:
    """The bound itself belongs to the graver colour."""
    assert f'fill="{colour}" text-anchor="middle">{number}<' in drawn(NUMBER, value(number))


def test_a_panel_without_an_answer_shows_zero() -> None:
    """No series is no event; a hole would look like a fault of the page."""
    assert 'text-anchor="middle">0<' in drawn(NUMBER)


def test_a_line_runs_from_left_to_right_and_from_bottom_to_top() -> None:
    """The first point lies at the left edge, the greatest value at the top of the plot."""
    panel = Panel("Linje", (Query("x"),), Look.LINES)
    picture = drawn(panel, Series("a", {}, ((1_000.0, 0.0), (1_050.0, 5.0), (1_100.0, 10.0))))
    points = ElementTree.fromstring(picture).find(".//{http://www.w3.org/2000/svg}polyline")
    assert points is not None
    spots = [tuple(map(float, spot.split(","))) for spot in points.attrib["points"].split()]
    assert [x for x, _ in spots] == sorted(x for x, _ in spots)
    assert [y for _, y in spots] == sorted((y for _, y in spots), reverse=True)
    assert spots[0][0] == 12.0
    assert spots[-1][1] == 44.0


def test_bars_are_ranked_and_what_is_left_out_is_counted() -> None:
    """The longest bar stands first; the eighth and ninth are told as a number."""
    panel = Panel("Søjler", (Query("x"),), Look.BARS)
    picture = drawn(panel, *(value(float(number), f"navn-{number}") for number in range(1, 10)))
    assert picture.index("navn-9") < picture.index("navn-3")
    assert "navn-2" not in picture
    assert "og 2 til" in picture


def test_names_from_outside_cannot_break_the_picture() -> None:
    """A producer names itself; its name is text, never markup."""
    panel = replace(NUMBER, look=Look.TABLE)
    root = ElementTree.fromstring(drawn(panel, value(1.0, "</text><script>&")))
    assert any("<script>" in (text.text or "") for text in root.iter())


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (0.5, Unit.SHARE, "50 %"),
        (0.0123, Unit.SECONDS, "12 ms"),
        (90, Unit.SECONDS, "90,0 s"),
        (-5400, Unit.SECONDS, "−90,0 min"),
        (259200, Unit.SECONDS, "3,0 d"),
        (12345, Unit.COUNT, "12.345"),
        (1.5, Unit.PER_SECOND, "1,50/s"),
    ],
)
def test_numbers_are_written_as_danes_write_them(number: float, unit: Unit, said: str) -> None:
    """Comma for the fraction, point for thousands, the unit that fits."""
    assert words(number, unit) == said


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_the_documented_picture_shows_the_panels_that_there_are(dashboard: Dashboard) -> None:
    """`python -m system_tests.pictures` was run after the last change of a panel or its query."""
    picture = (HOUSE / "docs" / "images" / f"dashboard-{dashboard.name}.svg").read_text(encoding="utf-8")
    assert f"<metadata>panels {stamp(dashboard)}</metadata>" in picture
    texts = {text.text for text in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
    assert {panel.title for panel in dashboard.panels} <= texts


def test_a_changed_query_is_another_stamp() -> None:
    """So is a title; the same panels have the same."""
    before = Dashboard("one", "Titel", "Om", (NUMBER,))
    after = replace(before, panels=(replace(NUMBER, queries=(Query("y"),)),))
    assert stamp(before) == stamp(replace(before)) != stamp(after)


@pytest.mark.parametrize("panel", [panel for one in DASHBOARDS for panel in one.panels], ids=lambda one: one.title)
def test_a_title_fits_its_box(panel: Panel) -> None:
    """It is not cut by its neighbour, here or in Grafana."""
    assert title_width(panel) <= 1


def test_a_legend_stays_in_its_box_and_counts_what_it_leaves_out() -> None:
    """Two rows; of ten names some are left out, and their number is told. Few short ones stand in one row."""
    panel = Panel("Linje", (Query("x"),), Look.LINES)

    def shown(*names: str) -> tuple[int, str]:
        picture = drawn(panel, *(Series(name, {}, ((1_000.0, 0.0), (1_100.0, 1.0))) for name in names))
        return picture.count("● "), picture

    assert shown("a", "b", "c")[0] == 3
    some, picture = shown(*(f"et ret langt navn nummer {number}" for number in range(10)))
    assert 3 <= some < 9
    assert f"og {10 - some} til" in picture
