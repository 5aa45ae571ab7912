"""What municipalities' own topics hold is what the platform's hold of theirs, and nothing of another's."""

from collections.abc import Iterator, Mapping, Sequence

import orjson
from pydantic import ValidationError

from pipeline.audit.evidence import Evidence, Spot, spot, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.audit.snapshot import Snapshot
from pipeline.kafka.records import Seen
from pipeline.kafka.replays import original_of
from pipeline.kafka.tenants import TenantTopics
from schemas.receipt import Receipt

_COMPLETE = (
    "stop every casework worker, run `brudvagt tenants complete`, start them again; then look for who wrote there"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields each record on a municipality's own topic that is another's, or not as the platform's own says."""
    snapshot = evidence.snapshot
    if not snapshot.topics.tenants:
        return
    lying = _by_topic(snapshot)
    platform = _rows(lying.get(snapshot.topics.cases, ()))
    for own in snapshot.topics.own:
        theirs = _rows(lying.get(own.cases, ()))
        yield from _foreign(own, lying)
        yield from _unlike(snapshot, own, platform, theirs)
        yield from _answers(evidence, own, lying.get(own.receipts, ()))


def _by_topic(snapshot: Snapshot) -> Mapping[str, Sequence[Seen]]:
    found: dict[str, list[Seen]] = {}
    for seen in snapshot.records:
        if not seen.internal:
            found.setdefault(seen.topic, []).append(seen)
    return found


def _rows(records: Sequence[Seen]) -> dict[bytes, Seen]:
    """Returns the last record of each key, deletions too."""
    return {seen.key: seen for seen in records if seen.key is not None}


def _foreign(own: TenantTopics, lying: Mapping[str, Sequence[Seen]]) -> Iterator[Finding]:
    begins = f"{own.kommunekode}-".encode()
    for seen in (*lying.get(own.cases, ()), *lying.get(own.receipts, ())):
        mine = seen.key is not None and seen.key.startswith(begins)
        if seen.topic == own.receipts:
            mine = seen.value is not None and _municipality(seen.value) == own.kommunekode
        if not mine:
            yield Finding(
                Code.TENANT_SEES_ANOTHER,
                Severity.CRITICAL,
                written(seen),
                f"what is not {own.kommunekode}'s stands on its own topic, where its people and systems can read it",
                "this is itself a breach of personal data: take away the right to read the topic, then tell both DPOs",
            )


def _municipality(value: bytes) -> object:
    try:
        told = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return told.get("municipality") if isinstance(told, dict) else None


def _unlike(
    snapshot: Snapshot, own: TenantTopics, platform: Mapping[bytes, Seen], theirs: Mapping[bytes, Seen]
) -> Iterator[Finding]:
    begins = f"{own.kommunekode}-".encode()
    for key in sorted({key for key in (*platform, *theirs) if key.startswith(begins)}):
        row, copy = platform.get(key), theirs.get(key)
        if _value(row) == _value(copy) or _fresh(snapshot, row) or _fresh(snapshot, copy):
            continue
        erased = _value(row) is None
        yield Finding(
            Code.TENANT_KEEPS_ERASED if erased else Code.TENANT_ROW_DIFFERS,
            Severity.CRITICAL if erased else Severity.WARNING,
            key.decode("ascii", "replace"),
            f"the case stands on {own.cases} and no more on {snapshot.topics.cases}: what was erased is kept there"
            if erased
            else f"the case is another on {own.cases} than on {snapshot.topics.cases}, or it is missing there",
            _COMPLETE,
        )


def _value(seen: Seen | None) -> bytes | None:
    return None if seen is None else seen.value


def _fresh(snapshot: Snapshot, seen: Seen | None) -> bool:
    """Whether the other topic's end was perhaps looked at before the same transaction's record came."""
    return seen is not None and snapshot.is_fresh(seen.timestamp_ms)


def _answers(evidence: Evidence, own: TenantTopics, copies: Sequence[Seen]) -> Iterator[Finding]:
    snapshot, original = evidence.snapshot, _originals(evidence.snapshot)
    due = {}
    for one in evidence.receipts:
        came_by = original.get(_where(one.value), one.value.topic)
        if came_by in (own.reports, own.actions):
            due[_where(one.value)] = one.seen
    there = {_where(read): seen for seen in copies if (read := _read(seen)) is not None}
    for where in sorted(due.keys() | there.keys()):
        receipt, copy = due.get(where), there.get(where)
        known = [one for one in (receipt, copy) if one is not None]
        if _value(receipt) == _value(copy) or any(_fresh(snapshot, one) for one in known):
            continue
        if all(snapshot.proves(one.topic, one.timestamp_ms) for one in known):
            yield Finding(
                Code.TENANT_RECEIPT_DIFFERS,
                Severity.WARNING,
                written(where),
                f"its receipt is another on {own.receipts} than on {snapshot.topics.receipts}, or stands on one alone",
                "its sender may have read a false outcome: compare both, and check who may write the topic",
            )


def _originals(snapshot: Snapshot) -> Mapping[Spot, str]:
    """Returns the topic by which each replayed record first came, by where the replay lies."""
    replays = (seen for seen in snapshot.records if seen.topic == snapshot.topics.replays)
    return {spot(seen): first.topic for seen in replays if (first := original_of(seen.headers)) is not None}


def _where(receipt: Receipt) -> Spot:
    return receipt.topic, receipt.partition, receipt.offset


def _read(seen: Seen) -> Receipt | None:
    try:
        return Receipt.model_validate_json(seen.value or b"")
    except ValidationError:
        return None  # told as another's: its municipality cannot be read
