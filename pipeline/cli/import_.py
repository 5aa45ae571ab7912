"""`brudvagt import FILE`: restores a backup into empty topics, with the partition count that they have."""

import asyncio
from pathlib import Path

import click

from pipeline.backup.restore import restore
from pipeline.cli.installation import Installation, pass_installation


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@pass_installation
def import_(installation: Installation, file: Path, dry_run: bool) -> None:
    """Restore FILE, written by `brudvagt export`, into this installation's empty topics; workers must be stopped.

    Broken off, it leaves tables on which no worker starts: run it again.
    """
    topics = installation.topics
    done = asyncio.run(restore(installation.connection, topics, file, dry_run=dry_run))
    what = f"{done.rows} rows and {done.on_their_way} records on their way, taken {done.header.taken_at}"
    if dry_run:
        click.echo(f"{file}: {what}; {done.missing} rows would be written to {topics.prefix}.*. Nothing was written.")
    elif done.already:
        click.echo(f"{file} is restored already: every row stands in {topics.prefix}.* as the backup has it.")
    else:
        click.echo(f"restored {what} to {topics.prefix}.* ({topics.partitions} partitions); read back and compared")
    click.echo(f"sha256 of the rows in place: {done.sha256}")
