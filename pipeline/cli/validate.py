"""`brudvagt validate`: tells a form vendor what is wrong with an event and how to put it right, before it is sent."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import JsonValue

from pipeline.cli.output import as_json, print_json
from pipeline.gate.cloudevents import STRUCTURED
from pipeline.gate.gate import Admitted, Refused, admit
from pipeline.gate.json_text import Unreadable, read_json
from schemas.registry import Ingress, ingress_of


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@as_json
def validate(files: tuple[str, ...], as_json: bool) -> None:
    """Check events as the gate would, without sending them.

    FILE holds one structured CloudEvent, a list of them, or one a line; - reads standard input. Exit status 1 if any
    event would be rejected.
    """
    verdicts = [(where, judge(text)) for where, text in _events(files)]
    if as_json:
        print_json([_as_data(where, verdict) for where, verdict in verdicts])
    else:
        for where, verdict in verdicts:
            click.echo("\n".join(_as_lines(where, verdict)))
    if not verdicts:
        raise click.ClickException("no event found: a file holds one JSON object, a list of them, or one a line")
    if any(isinstance(verdict, Refused) for _, verdict in verdicts):
        sys.exit(1)


def judge(text: bytes) -> Admitted | Refused:
    """Returns what the gate says of one structured event, at the door its type belongs to."""
    headers = [("content-type", STRUCTURED.encode())]
    verdict = admit(text, headers, accepts="reports")
    seen = verdict.envelope.type if isinstance(verdict, Admitted) else verdict.legible.event_type
    if seen is not None and ingress_of(seen) is Ingress.ACTIONS:
        return admit(text, headers, accepts="actions")
    return verdict


def _events(files: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        try:
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as e:
            raise click.ClickException(f"{file}: {e.strerror}") from None
        yield from ((f"{file}:{place}" if place else file, text) for place, text in _split(content))


def _split(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields the place and bytes of each event: the whole, the items of a list, or the lines."""
    try:
        whole: JsonValue = read_json(content)
    except Unreadable:
        lines = [(str(number), line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for _, line in lines):
            yield from lines
        else:
            yield "", content
        return
    if isinstance(whole, list):
        yield from ((f"[{index}]", json.dumps(item).encode()) for index, item in enumerate(whole))
    else:
        yield "", content


def _as_data(where: str, verdict: Admitted | Refused) -> dict[str, JsonValue]:
    if isinstance(verdict, Admitted):
        return {"event": where, "ok": True, "id": verdict.envelope.id, "flags": list(verdict.flags), "problems": []}
    found: list[JsonValue] = [dict(problem.model_dump(mode="json")) for problem in verdict.problems]
    return {"event": where, "ok": False, "id": verdict.legible.event_id, "flags": [], "problems": found}


def _as_lines(where: str, verdict: Admitted | Refused) -> Iterator[str]:
    if isinstance(verdict, Admitted):
        notes = f" ({', '.join(verdict.flags)})" if verdict.flags else ""
        yield f"{where}: OK {verdict.envelope.type}{notes}"
        return
    yield f"{where}: {len(verdict.problems)} problem(s)"
    for problem in verdict.problems:
        yield f"  {problem.path or 'the whole record'}: {problem.reason} [{problem.code}]"
        yield f"    {problem.remedy}"
