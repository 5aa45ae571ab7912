"""`brudvagt import FILE`: restores a backup into empty topics, with the partition count that they have."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path

import click

from pipeline.backup.content import Header
from pipeline.backup.restore import restore
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.progress import shown

OVERLAP = timedelta(hours=1)
"""So much before the backup form systems begin to send again: what it knows is a `duplicate`, and their clocks differ."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@pass_installation
def import_(installation: Installation, file: Path, dry_run: bool) -> None:
    """Restore FILE, written by `brudvagt export`, into this installation's empty topics; workers must be stopped.

    Broken off, it leaves tables on which no worker starts: run it again.
    """
    topics, began = installation.topics, time.monotonic()
    with shown() as progress:
        done = asyncio.run(restore(installation.connection, topics, file, dry_run=dry_run, progress=progress))
    what = f"{done.rows} rows and {done.on_their_way} records on their way, taken {done.header.taken_at}"
    if dry_run:
        click.echo(f"{file}: {what}; {done.missing} rows would be written to {topics.prefix}.*. Nothing was written.")
    elif done.already:
        click.echo(f"{file} is restored already: every row stands in {topics.prefix}.* as the backup has it.")
    else:
        took_s = time.monotonic() - began
        click.echo(
            f"restored {what} to {topics.prefix}.* ({topics.partitions} partitions); read back and compared, "
            f"{took_s:.1f} s ({done.rows / took_s:,.0f} rows a second)"
        )
    click.echo(f"sha256 of the rows in place: {done.sha256}")
    click.echo(lost_since(done.header))


def lost_since(header: Header) -> str:
    """Returns what a restore cannot have, and from whom it comes back."""
    again = datetime.fromisoformat(header.taken_at) - OVERLAP
    return (
        f"What came in after {header.taken_at} is not in it, nor which alerts were sent since. Ask every form system and "
        f"tool to send again all since {again.isoformat(timespec='minutes')}: what the backup knows is answered "
        "`duplicate`. Erasures since then must be ordered again. docs/backup.md has the steps"
    )
