"""All dashboards, and the files that Grafana provisions them from."""

from pathlib import Path
from typing import Final

import orjson

from pipeline.dashboards.contract import CONTRACT
from pipeline.dashboards.grafana import as_grafana
from pipeline.dashboards.operations import OPERATIONS
from pipeline.dashboards.panel import Dashboard
from pipeline.dashboards.portfolio import PORTFOLIO
from pipeline.dashboards.quality import QUALITY

DASHBOARDS: Final[tuple[Dashboard, ...]] = (PORTFOLIO, OPERATIONS, QUALITY, CONTRACT)


def files() -> dict[str, bytes]:
    """Returns the content of every provisioned file by its name."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {f"{one.name}.json": orjson.dumps(as_grafana(one), option=options) for one in DASHBOARDS}


def write(directory: Path) -> list[Path]:
    """Writes the files, and removes what is no dashboard any more; returns what there is."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for old in directory.glob("*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in wanted]
