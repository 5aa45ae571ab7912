"""`brudvagt tenants list|complete|rejoin`: municipalities with topics of their own, and those that have left some behind."""

import asyncio
import sys
from dataclasses import asdict, dataclass

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.municipalities import municipalities
from pipeline.tenants.complete import complete_anew
from pipeline.tenants.left import left
from pipeline.tenants.rejoin import rejoin as lift
from pipeline.tenants.unhandled import unhandled


@dataclass(frozen=True, slots=True)
class Line:
    """One municipality: whether the setting names it, and how much on its own ingress topics is not handled yet."""

    kommunekode: str
    name: str
    named: bool
    unhandled: int


@click.group()
def tenants() -> None:
    """List municipalities with topics of their own, make their copies of the cases anew, or let them come back."""


@tenants.command("list")
@as_json
@pass_installation
def list_(installation: Installation, as_json: bool) -> None:
    """List who has topics of their own. Exit status 1 if somebody has who is not in BRUDVAGT_TENANTS: no worker starts."""
    lines = asyncio.run(_lines(installation.connection, installation.topics))
    if as_json:
        print_json([asdict(line) for line in lines])
    else:
        print_table(
            "Municipalities with topics of their own",
            ["kommunekode", "name", "in BRUDVAGT_TENANTS", "records not handled yet"],
            [(one.kommunekode, one.name, "yes" if one.named else "NO", str(one.unhandled)) for one in lines],
            empty="no municipality has topics of its own",
        )
    sys.exit(0 if all(line.named for line in lines) else 1)


async def _lines(connection: Connection, topics: Topics) -> list[Line]:
    named = [
        Line(code, municipalities()[code], True, await unhandled(connection, topics, (own.reports, own.actions)))
        for own in topics.own
        for code in [own.kommunekode]
    ]
    others = [
        Line(one.kommunekode, municipalities().get(one.kommunekode, "?"), False, one.unhandled)
        for one in await left(connection, topics)
    ]
    return [*named, *others]


@tenants.command()
@pass_installation
def complete(installation: Installation) -> None:
    """Compare each copy of the cases with the platform's, and mend it. Stop every casework worker first.

    Needs the rights of casework's user, or of the restore's. A worker does it by itself when a municipality gets its topics.
    """
    done = asyncio.run(complete_anew(installation.connection, installation.topics))
    click.echo(
        f"{', '.join(installation.topics.tenants) or 'nobody'}: {done} rows were not as the platform's and are now"
    )


@tenants.command()
@pass_installation
def rejoin(installation: Installation) -> None:
    """Let ingress topics that were deleted and made anew go on where the old ones ended, before anybody writes to them.

    Intake would refuse them, or pass over what comes first. Needs the rights of the restore's user; workers may run.
    """
    done = asyncio.run(lift(installation.connection, installation.topics))
    lifted = [f"{name} by {count} offsets" for name, count in done.items() if count]
    click.echo(f"lifted: {', '.join(lifted) or 'nothing; each topic is at least as long as intake has read'}")
