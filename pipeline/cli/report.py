"""`brudvagt report FILE…`: send reports as a form system would, and print the reference of each case."""

import sys

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json
from pipeline.cli.receipts import deliver, read_events


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@as_json
@pass_installation
def report(installation: Installation, files: tuple[str, ...], as_json: bool) -> None:
    """Send events (JSON, JSON lines, or `-` for standard input) and print what became of each.

    Exit status 0 if every event was accepted or known already, 1 if one was rejected or not answered in time.
    """
    try:
        events = read_events(files, sys.stdin)
    except (OSError, UnicodeDecodeError) as e:
        raise click.ClickException(f"cannot read the events: {e}") from None
    if not events:
        raise click.ClickException("there is no event in what was given")
    sys.exit(deliver(installation, installation.topics.reports, events, as_json=as_json))
