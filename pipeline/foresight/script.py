"""The script of acts: JSON lines that say what people do, and so long after the report.

`{"after": "PT3H", "act": "acknowledge", "by": "dpo:dpo"}` is an act, with the act's further fields beside; `reference`
or `municipality` says on which case where a report has several. `{"after": "PT4H", "event": {…}}` is a further report.
`{"after": "PT0H", "undeliverable": "dpo", "for": "PT6H"}` lets every alert to that local id fail.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from pipeline.clock.durations import parse
from pipeline.foresight.world import Arrival, Door, Event, Outage
from pipeline.gate.json_text import Unreadable, read_json
from schemas.actions import ACTS, PREFIX
from schemas.registry import Ingress, ingress_of
from schemas.reports import VERSION

_SOURCE = "/brudvagt/foresight"
_ALWAYS = timedelta(days=3650)


class ScriptError(ValueError):
    """A line of the script cannot be used; says which line, why, and what to write."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: so long `after` the report, what."""

    number: int
    after: timedelta
    says: dict[str, JsonValue]


def read_script(text: str) -> tuple[Line, ...]:
    """Returns the script's lines; empty ones and those that begin with # are left out. Raises ScriptError."""
    lines = enumerate(text.splitlines(), 1)
    return tuple(_line(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#"))


def play(lines: Sequence[Line], start: datetime, references: Sequence[str]) -> list[tuple[datetime, Event]]:
    """Returns what the lines bring about, each at `start` plus its `after`.

    `references` are the cases of the report that is looked at. Raises ScriptError for a line that names none of them
    where there are several, or an act that the contract does not have.
    """
    return [(start + line.after, _event(line, start, references)) for line in lines]


def door_of(event_type: object) -> Door:
    """Returns the door of an event type; an unknown one knocks at the reports' and is refused there."""
    door = ingress_of(event_type) if isinstance(event_type, str) else None
    return "actions" if door is Ingress.ACTIONS else "reports"


def _line(number: int, text: str) -> Line:
    try:
        says = read_json(text.encode())
    except Unreadable as e:
        raise ScriptError(f"line {number}: is not JSON: {e}") from None
    if not isinstance(says, dict):
        raise ScriptError(f'line {number}: write an object such as {{"after": "PT3H", "act": "acknowledge", …}}')
    after = _duration(number, "after", says.pop("after", None))
    if not {"act", "event", "undeliverable"} & set(says):
        raise ScriptError(f"line {number}: says nothing to do; add act, event or undeliverable")
    return Line(number, after, says)


def _duration(number: int, name: str, value: JsonValue) -> timedelta:
    try:
        return parse(value if isinstance(value, str) else repr(value))
    except ValueError:
        raise ScriptError(f'line {number}: {name}: write a duration such as "PT3H" or "P1D"') from None


def _event(line: Line, start: datetime, references: Sequence[str]) -> Event:
    says = dict(line.says)
    if "event" in says:
        event = says["event"]
        event_type = event.get("type") if isinstance(event, dict) else None
        return Arrival(json.dumps(event, ensure_ascii=False).encode(), door_of(event_type))
    if "undeliverable" in says:
        length = _duration(line.number, "for", says["for"]) if "for" in says else _ALWAYS
        return Outage(str(says["undeliverable"]), start + line.after + length)
    return Arrival(_act(line, says, references), "actions")


def _act(line: Line, says: dict[str, JsonValue], references: Sequence[str]) -> bytes:
    name = str(says.pop("act"))
    kind = PREFIX + name
    if kind not in ACTS:
        known = ", ".join(sorted(one.removeprefix(PREFIX) for one in ACTS))
        raise ScriptError(f"line {line.number}: there is no act {name!r}; there are {known}")
    role, colon, local_id = str(says.pop("by", "")).partition(":")
    if not colon or not role or not local_id:
        raise ScriptError(f'line {line.number}: by: write ROLE:ID, such as "dpo:dpo"')
    reference = _reference(line, says, references)
    data: dict[str, JsonValue] = {"reference": reference, "by": {"role": role, "local_id": local_id}, **says}
    envelope: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": f"line-{line.number}",
        "source": _SOURCE,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": reference[:3],
        "data": data,
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


def _reference(line: Line, says: dict[str, JsonValue], references: Sequence[str]) -> str:
    named, municipality = says.pop("reference", None), says.pop("municipality", None)
    if isinstance(named, str):
        return named
    fitting = [one for one in references if municipality is None or one.startswith(f"{municipality}-")]
    if len(fitting) != 1:
        raise ScriptError(
            f"line {line.number}: the report has {len(references)} case(s), and {len(fitting)} of them fit; "
            "add reference or municipality"
        )
    return fitting[0]
