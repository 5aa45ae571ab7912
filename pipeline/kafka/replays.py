"""Replayed records: the bytes of a dead letter, mended or not, with the position and time that the original had.

Only the operator's command writes them. `received_at` stays the original, so that no replay moves a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HEADER_TOPIC = "brudvagt-topic"
HEADER_PARTITION = "brudvagt-partition"
HEADER_OFFSET = "brudvagt-offset"
HEADER_TIMESTAMP = "brudvagt-timestamp-ms"
HEADER_REFERENCE = "brudvagt-reference"
_OWN = "brudvagt-"

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Original:
    """Where a replayed record first stood, when the broker had it (unix ms), and the case that its rejection opened."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    reference: str | None


def headers_of(original: Original, headers: Headers) -> list[tuple[str, bytes]]:
    """Returns the headers of a replay: the sender's, and the original's position in front."""
    own = [
        (HEADER_TOPIC, original.topic.encode()),
        (HEADER_PARTITION, str(original.partition).encode()),
        (HEADER_OFFSET, str(original.offset).encode()),
        (HEADER_TIMESTAMP, str(original.timestamp_ms).encode()),
    ]
    if original.reference is not None:
        own.append((HEADER_REFERENCE, original.reference.encode()))
    return own + senders_headers(headers)


def senders_headers(headers: Headers) -> list[tuple[str, bytes]]:
    """Returns the headers without Brudvagt's own: on an ingress topic nobody may claim an earlier time by them."""
    return [(name, value) for name, value in headers if not name.startswith(_OWN)]


def original_of(headers: Headers) -> Original | None:
    """Returns what a replay says of its original; None if it does not say it whole."""
    own = {name: value.decode("utf-8", "replace") for name, value in headers if name.startswith(_OWN)}
    try:
        return Original(
            own[HEADER_TOPIC],
            int(own[HEADER_PARTITION]),
            int(own[HEADER_OFFSET]),
            int(own[HEADER_TIMESTAMP]),
            own.get(HEADER_REFERENCE),
        )
    except (KeyError, ValueError):
        return None
