"""`brudvagt deadletters list|show|replay`: what could not be handled, and how it is handed to intake again."""

import asyncio
import base64
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, local, print_json, print_table
from pipeline.kafka.reading import read_record, read_topics
from pipeline.kafka.records import Headers, Outgoing
from pipeline.kafka.replays import Original, headers_of, original_of, senders_headers
from pipeline.kafka.sending import send
from schemas.deadletter import DeadLetter


@click.group()
def deadletters() -> None:
    """List, show and replay what could not be handled."""


@deadletters.command("list")
@as_json
@pass_installation
def list_(installation: Installation, as_json: bool) -> None:
    """List the dead letters: position, code and path, never the content."""
    found = asyncio.run(read_topics(installation.connection, [installation.topics.deadletters]))
    letters = [DeadLetter.model_validate_json(seen.value or b"") for seen in found]
    if as_json:
        print_json([letter.model_dump(mode="json") for letter in letters])
        return
    print_table(
        "Dead letters",
        ["position", "received", "stage", "case", "problems"],
        [
            (
                f"{letter.topic}[{letter.partition}]@{letter.offset}",
                local(letter.received_at),
                letter.stage,
                letter.reference or "–",
                "; ".join(f"{p.code} {p.path}".strip() for p in letter.problems[:3]),
            )
            for letter in sorted(letters, key=lambda one: one.received_at)
        ],
        empty="There are no dead letters.",
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A dead letter's original: where and when it stood, and what it was."""

    original: Original
    headers: Headers
    value: bytes | None


async def _raw(installation: Installation, position: str) -> Kept | None:
    topics = installation.topics
    found = await read_topics(installation.connection, [topics.deadletters, topics.deadletters_raw])
    mine = {seen.topic: seen.value or b"" for seen in found if seen.key is not None and seen.key.decode() == position}
    if topics.deadletters_raw in mine:
        return _unpacked(orjson.loads(mine[topics.deadletters_raw]))
    if topics.deadletters not in mine:
        return None
    # Refused after the gate, such as a `close` with open obligations: the original is where it first stood
    letter = DeadLetter.model_validate_json(mine[topics.deadletters])
    seen = await read_record(installation.connection, letter.topic, letter.partition, letter.offset)
    if seen is None:
        return None
    original = Original(seen.topic, seen.partition, seen.offset, seen.timestamp_ms, letter.reference)
    return Kept(original_of(seen.headers) or original, senders_headers(seen.headers), seen.value)


def _unpacked(raw: Mapping[str, Any]) -> Kept:
    """Reads the restricted topic's record; see `agents.deadletters.bury`."""
    return Kept(
        Original(raw["topic"], raw["partition"], raw["offset"], raw["timestamp_ms"], raw["reference"]),
        [(name, base64.b64decode(value)) for name, value in raw["headers"]],
        None if raw["value"] is None else base64.b64decode(raw["value"]),
    )


def _load(installation: Installation, position: str) -> Kept:
    raw = asyncio.run(_raw(installation, position))
    if raw is None:
        raise click.ClickException(f"no dead letter at {position}; `brudvagt deadletters list` shows the positions")
    return raw


@deadletters.command()
@click.argument("position")
@click.option(
    "--content", is_flag=True, help="Write the original bytes to standard output: they may hold personal data."
)
@pass_installation
def show(installation: Installation, position: str, content: bool) -> None:
    """Show one dead letter by its POSITION, such as 'brudvagt.reports[2]@17'."""
    kept = _load(installation, position)
    value = kept.value or b""
    if content:
        sys.stdout.buffer.write(value)
        return
    click.echo(f"{position}: {len(value)} bytes, {len(kept.headers)} headers")
    click.echo("The content may hold personal data. --content writes it to standard output.")


@deadletters.command()
@click.argument("position")
@click.option(
    "--with", "mended", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The mended event."
)
@pass_installation
def replay(installation: Installation, position: str, mended: Path | None) -> None:
    """Hand a dead letter to intake again, as it was or mended; it joins the case that its rejection opened.

    The time of receipt stays the original's: a replay moves no clock.
    """
    kept = _load(installation, position)
    value, sent = kept.value, kept.headers
    if mended is not None:
        value, sent = mended.read_bytes(), [("content-type", b"application/cloudevents+json")]
    outgoing = Outgoing(installation.topics.replays, value, headers=headers_of(kept.original, sent))
    ((topic, partition, offset),) = asyncio.run(send(installation.connection, [outgoing]))
    click.echo(f"replayed as {topic}[{partition}]@{offset}; its receipt names the outcome")
