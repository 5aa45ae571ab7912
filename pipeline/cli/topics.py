"""`brudvagt topics create|verify|describe`: the topics that Brudvagt wants, and what the cluster has."""

import asyncio
import sys

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.kafka import admin
from pipeline.tenants.left import Left, left


@click.group()
def topics() -> None:
    """Create, verify or describe the topics on the cluster."""


@topics.command()
@pass_installation
def create(installation: Installation) -> None:
    """Create the topics that are missing; what exists must match, and is never altered."""
    asyncio.run(admin.create(installation.connection, installation.topics.specs()))
    click.echo(f"{len(installation.topics.specs())} topics are in place under {installation.topics.prefix}.*")


@topics.command()
@as_json
@pass_installation
def verify(installation: Installation, as_json: bool) -> None:
    """Compare the cluster's topics with the wanted settings; exit status 1 if one does not match, or is left over."""
    found: list[admin.Mismatch | Left] = [
        *asyncio.run(admin.verify(installation.connection, installation.topics.specs())),
        *asyncio.run(left(installation.connection, installation.topics)),
    ]
    if as_json:
        print_json([vars(one) if hasattr(one, "__dict__") else str(one) for one in found])
    else:
        for mismatch in found:
            click.echo(str(mismatch))
        if not found:
            click.echo("every topic is as it should be")
    sys.exit(1 if found else 0)


@topics.command()
@as_json
@pass_installation
def describe(installation: Installation, as_json: bool) -> None:
    """Print what each topic is for: key, retention, writer."""
    specs = installation.topics.specs()
    if as_json:
        print_json([{**vars(spec), "retention": str(spec.retention), "configs": dict(spec.configs)} for spec in specs])
        return
    print_table(
        "Topics",
        ["topic", "key", "cleanup", "kept", "written by", "partitions"],
        [
            (
                spec.name,
                spec.key,
                spec.cleanup,
                "until erased" if spec.retention is None else f"{spec.retention.days} days",
                spec.writer,
                str(spec.partitions),
            )
            for spec in specs
        ],
        empty="no topics",
    )
