"""`python -m system_tests.pictures`: draws the four dashboards for the documentation, with the demonstration's data."""

import tempfile
from pathlib import Path

import click

from pipeline.dashboards.__main__ import pictures
from system_tests.observatory import HOUSE, observed_demo

DOCUMENTED = HOUSE / "docs" / "images"


def main() -> None:
    """Tells the story under Prometheus' eyes, then writes the pictures; takes about three minutes."""
    with tempfile.TemporaryDirectory() as directory, observed_demo(Path(directory)) as seen:
        for file in pictures(seen.url, DOCUMENTED, seen.window):
            click.echo(file.rename(file.with_name(f"dashboard-{file.name}")))


if __name__ == "__main__":
    main()
