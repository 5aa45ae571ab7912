"""`python -m pipeline.dashboards write|draw`: Grafana's files, and pictures of the same panels."""

import asyncio
import time
from pathlib import Path

import aiohttp
import click

from pipeline.dashboards.catalogue import DASHBOARDS, write
from pipeline.dashboards.picture import draw
from pipeline.dashboards.prometheus import QueryError, Window, ask

PROVISIONED = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"


@click.group()
def main() -> None:
    """The four dashboards, from their one definition."""


@main.command(name="write")
@click.option("--to", type=click.Path(path_type=Path), default=PROVISIONED, help="Folder that Grafana provisions from.")
def write_files(to: Path) -> None:
    """Write the dashboards as Grafana reads them."""
    for file in write(to):
        click.echo(str(file))


@main.command(name="draw")
@click.argument("url")
@click.option("--to", type=click.Path(path_type=Path), default=Path("out/dashboards"), help="Folder for the pictures.")
@click.option("--back", type=click.IntRange(min=1), default=3600, help="How many seconds to look back.")
def draw_pictures(url: str, to: Path, back: int) -> None:
    """Draw every dashboard as SVG with what the Prometheus at URL knows."""
    now = time.time()
    try:
        for file in pictures(url, to, Window(now - back, now)):
            click.echo(str(file))
    except QueryError as error:
        raise click.ClickException(str(error)) from None


def pictures(url: str, to: Path, window: Window) -> list[Path]:
    """Writes one SVG per dashboard into `to`; returns their paths. Raises `QueryError`."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for dashboard, drawn in asyncio.run(_drawn(url, window)).items():
        file = to / f"{dashboard}.svg"
        file.write_text(drawn)
        written.append(file)
    return written


async def _drawn(url: str, window: Window) -> dict[str, str]:
    async with aiohttp.ClientSession() as session:
        return {one.name: draw(one, await ask(session, url, one, window), window) for one in DASHBOARDS}


if __name__ == "__main__":
    main()
