"""Promise 5: beyond the gate no text holds a CPR number."""

import re
from collections.abc import Iterator

import orjson

from pipeline.audit.evidence import Evidence, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.audit.second_look import reads_as_cpr
from pipeline.kafka.records import Seen
from pipeline.privacy.cpr import holds_cpr, holds_separate_cpr

IDENTIFIERS = frozenset(
    {"source", "event_id", "event_type", "sender", "correlation", "local_id", "producer", "recipient", "by", "path"}
)
"""Members that the contract gives a pattern: refused at the gate, never masked, so a number of ten digits within a
longer run of digits (a sequence number) is no finding there. In any other text it is."""

_MACHINE_MADE = re.compile(
    r"(newest/)?[0-9a-f]{32,64}"  # digests, fact and alert ids; delivery's index of them
    r"|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"  # the header traceparent
    r"|(case/)?\d{3}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-Z]"  # references, and the index by them
    r"|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})"  # times as Brudvagt writes them
    r"|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"  # UUIDs
    r"|[A-Za-z0-9._-]+\[\d{1,4}\]@\d{1,19}"  # positions
)
"""Shapes that leave no room for a person's own words. They must fill the whole string: `se 2026-11-20T…` is text."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields every record beyond the gate that shows a CPR number, with the member it stands in, never the number."""
    topics, clean = evidence.snapshot.topics, evidence.snapshot.clean
    behind_the_gate = {*topics.ingress, topics.deadletters_raw}
    for seen in evidence.snapshot.records:
        where = (seen.topic, seen.partition, seen.offset, seen.timestamp_ms)
        if seen.topic in behind_the_gate or where in clean:
            continue
        members = sorted(set(shown(seen)))
        if not members:
            clean.add(where)
        for member in members:
            yield Finding(
                Code.CPR_IN_TEXT,
                Severity.CRITICAL,
                written(seen),
                f"{member} holds what reads as a CPR number",
                "this is itself a breach of personal data: tell the DPO, then erase the record's case when it may be",
            )


def shown(seen: Seen) -> Iterator[str]:
    """Yields the name of each part of a record (key, header, member's path) that shows a CPR number."""
    if seen.key is not None and not seen.internal and _identifies(_text(seen.key)):
        yield "the key"
    for name, value in seen.headers:
        if _identifies(_text(value)):
            yield f"the header {name}"
    if seen.value is None or seen.internal:
        return
    try:
        decoded: object = orjson.loads(seen.value)
    except orjson.JSONDecodeError:
        decoded = _text(seen.value)
    yield from _members(decoded, "", "the value")


def _members(value: object, name: str, path: str) -> Iterator[str]:
    """Yields the paths of strings that show a number; names of members count as text, numbers do not (times in seconds
    look like dates)."""
    if isinstance(value, str):
        if _identifies(value) if name in IDENTIFIERS else _tells(value):
            yield path
    elif isinstance(value, list):
        for item in value:
            yield from _members(item, name, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            if _tells(key):
                yield f"a member's name in {path}"
            else:
                yield from _members(item, key, f"{path}/{key}")


def _tells(text: str) -> bool:
    return (reads_as_cpr(text) or holds_cpr(text)) and _MACHINE_MADE.fullmatch(text) is None


def _identifies(text: str) -> bool:
    return (reads_as_cpr(text) or holds_separate_cpr(text)) and _MACHINE_MADE.fullmatch(text) is None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
