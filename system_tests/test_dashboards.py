"""Every panel of every dashboard, asked of a real Prometheus that watched the whole demonstration."""

from collections.abc import Iterator

import aiohttp
import pytest

from pipeline.dashboards.catalogue import DASHBOARDS
from pipeline.dashboards.panel import Dashboard, Panel
from pipeline.dashboards.picture import draw
from pipeline.dashboards.prometheus import Series, ask
from system_tests.observatory import Observed, observed_demo


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """The demonstration, observed; once for all panels."""
    with observed_demo(tmp_path_factory.mktemp("observatory")) as seen:
        yield seen


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
async def test_every_panel_has_data_and_none_errs(observed: Observed, dashboard: Dashboard) -> None:
    """A query that Prometheus refuses raises; one that finds nothing would leave a panel blank."""
    async with aiohttp.ClientSession() as session:
        shown = await ask(session, observed.url, dashboard, observed.window)
    blank = [panel.title for panel, series in shown.items() if not series]
    assert blank == []
    assert dashboard.title in draw(dashboard, shown, observed.window)


@pytest.mark.timeout(1200)
async def test_the_dashboards_tell_what_the_story_told(observed: Observed) -> None:
    """The story sends 36 events, one of them unreadable and one twice; one case ends overdue."""
    shown: dict[Panel, list[Series]] = {}
    async with aiohttp.ClientSession() as session:
        for dashboard in DASHBOARDS:
            shown |= await ask(session, observed.url, dashboard, observed.window)

    def numbers(title: str) -> dict[str, float]:
        panel: Panel = next(one for one in shown if one.title == title)
        return {series.name: series.last for series in shown[panel]}

    assert numbers("Udfald ved indgangen") == {"modtaget": 34, "gentagelse": 1, "afvist": 1}
    assert numbers("Overskredet frist")[""] >= 1
    assert sum(numbers("Afvist efter felt").values()) >= 1
    assert 0 < numbers("Anmeldt i tide")[""] < 1
    assert numbers("Revisorens fund") == {"i alt": 0}
    assert numbers("Arbejdere oppe")[""] == 4
