"""`brudvagt export FILE`: the case log as one file that can be verified and restored."""

import asyncio
import time
from importlib.metadata import version
from pathlib import Path

import click

from pipeline.backup import snapshot
from pipeline.backup.content import Header
from pipeline.backup.file import check, written
from pipeline.backup.progress import Progress
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.progress import shown
from pipeline.tenants.left import refuse_left
from pipeline.timebase import Clock


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--verify", is_flag=True, help="Write nothing: check hash and counts of FILE.")
@pass_installation
def export(installation: Installation, file: Path, force: bool, verify: bool) -> None:
    """Write every case, chain and delivery, and what is on its way to them, to FILE.

    Workers may run. FILE holds case data: only its owner may read it, and it is deleted when it is no longer needed.
    """
    began = time.monotonic()
    with shown() as progress:
        if not verify:
            _write(installation, file, force, progress)
        header, trailer = check(file, progress)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(trailer.counts.items())) or "no rows at all"
    click.echo(
        f"{file}: whole, taken {header.taken_at} of {header.prefix}.* ({header.partitions} partitions): {counts}"
    )
    click.echo(f"sha256 {trailer.sha256}")
    took_s, lines = time.monotonic() - began, sum(trailer.counts.values())
    click.echo(f"{lines:,} lines, {file.stat().st_size:,} bytes, {took_s:.1f} s ({lines / took_s:,.0f} a second)")


def _write(installation: Installation, file: Path, force: bool, progress: Progress) -> None:
    topics = installation.topics
    taken_at = Clock.real().datetime().isoformat(timespec="seconds")
    header = Header(topics.prefix, topics.partitions, taken_at, version("brudvagt"))
    with written(file, header, replace=force) as writer:
        asyncio.run(refuse_left(installation.connection, topics))
        asyncio.run(snapshot.take(installation.connection, topics, writer, progress))
