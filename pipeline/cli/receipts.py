"""Sending events and waiting for their receipts, as `report` and `act` both do."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click
from pydantic import JsonValue

from pipeline.cli.installation import Installation
from pipeline.cli.output import print_json
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from schemas.receipt import IngressOutcome, Receipt

CONTENT_TYPE = ("content-type", b"application/cloudevents+json")
RECEIPT_BUDGET_S = 15.0


def read_events(files: Sequence[str], stdin: TextIO) -> list[tuple[str, bytes]]:
    """Returns (where, bytes) of each event in `files`: one JSON document, a JSON list, JSON lines, or `-` for stdin.

    What cannot be parsed is passed on as it is: the pipeline answers for it, and nothing is lost on the way.
    """
    events = []
    for name in files:
        text = stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        events += [(name if count is None else f"{name}:{count}", one.encode()) for count, one in _split(text)]
    return events


def _split(text: str) -> list[tuple[int | None, str]]:
    try:
        whole = json.loads(text)
    except ValueError:
        return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if isinstance(whole, list):
        return [(number, json.dumps(one, ensure_ascii=False)) for number, one in enumerate(whole, 1)]
    return [(None, text)]


def deliver(installation: Installation, topic: str, events: Sequence[tuple[str, bytes]], *, as_json: bool) -> int:
    """Sends events, waits for the receipts and prints them; returns exit status 0 if all were accepted or known."""
    receipts = asyncio.run(exchange(installation, topic, [value for _, value in events]))
    rows: list[dict[str, JsonValue]] = []
    status = 0
    for (where, _), receipt in zip(events, receipts, strict=True):
        if receipt is None or receipt.outcome is IngressOutcome.REJECTED:
            status = 1
        rows.append({"event": where, **({} if receipt is None else receipt.model_dump(mode="json"))})
        if not as_json:
            _say(where, receipt)
    if as_json:
        print_json(rows)
    return status


async def exchange(installation: Installation, topic: str, values: Sequence[bytes]) -> list[Receipt | None]:
    """Sends events and returns the receipt of each; None for one that had none RECEIPT_BUDGET_S after the sending."""
    topics = installation.topics
    async with Tail(installation.connection, [topics.receipts]) as tail:
        positions = await send(
            installation.connection, [Outgoing(topic, value, headers=[CONTENT_TYPE]) for value in values]
        )
        found: dict[tuple[str, int, int], Receipt] = {}
        until = time.monotonic() + RECEIPT_BUDGET_S
        while time.monotonic() < until and not all(position in found for position in positions):
            for seen in await tail.more():
                receipt = Receipt.model_validate_json(seen.value or b"")
                found[receipt.topic, receipt.partition, receipt.offset] = receipt
    return [found.get(position) for position in positions]


def _say(where: str, receipt: Receipt | None) -> None:
    if receipt is None:
        click.echo(
            f"{where}: sent and kept, but no receipt within {RECEIPT_BUDGET_S:g} s; is a casework worker running?"
        )
        return
    click.echo(f"{where}: {receipt.outcome} {' '.join(receipt.references)}".rstrip())
    for problem in receipt.problems:
        click.echo(f"  {problem.code} at {problem.path or '/'}: {problem.reason}. {problem.remedy}")
    for flag in receipt.flags:
        click.echo(f"  note: {flag}")
