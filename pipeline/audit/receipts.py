"""Promise 1: every record on an ingress topic has exactly one outcome, or is still under way."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from pipeline.audit.evidence import Evidence, Spot, spot, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.kafka.records import Seen
from schemas.receipt import IngressOutcome


@dataclass(frozen=True, slots=True)
class Balance:
    """Received records and what became of them; only records young enough to prove anything are counted."""

    received: int
    outcomes: Counter[IngressOutcome]
    in_flight: int
    unanswered: tuple[Seen, ...]
    answered_twice: tuple[Spot, ...]

    @property
    def holds(self) -> bool:
        """Whether received = accepted + duplicate + rejected + in flight, one receipt each."""
        return self.received == sum(self.outcomes.values()) + self.in_flight and not self.answered_twice


def balance(evidence: Evidence) -> Balance:
    """Returns the balance of the ingress topics: records, their receipts, and what casework still has to answer."""
    snapshot, topics = evidence.snapshot, evidence.snapshot.topics
    ingress = set(topics.ingress)
    records = [s for s in snapshot.records if s.topic in ingress and snapshot.proves(s.topic, s.timestamp_ms)]
    answers = Counter(_answered(evidence))
    waits = _waiting(evidence)
    unanswered, in_flight = [], 0
    for seen in records:
        if answers[spot(seen)]:
            continue
        if spot(seen) in waits or snapshot.is_fresh(seen.timestamp_ms) or not evidence.positions.handled(seen):
            in_flight += 1
        else:
            unanswered.append(seen)
    counted = {spot(seen) for seen in records}
    first = {(one.value.topic, one.value.partition, one.value.offset): one.value for one in evidence.receipts}
    return Balance(
        received=len(records),
        outcomes=Counter(receipt.outcome for where, receipt in first.items() if where in counted),
        in_flight=in_flight,
        unanswered=tuple(unanswered),
        answered_twice=tuple(sorted(_twice(evidence, {where for where, number in answers.items() if number > 1}))),
    )


def _twice(evidence: Evidence, several: set[Spot]) -> Iterator[Spot]:
    """Yields those of `several` whose receipts answer one record.

    After a disaster casework answers reports of the cluster that was lost, where its backup found them on their way: by the
    place at which they lay there. Here another record lies at it, and has a receipt of its own. Such a receipt is about
    another event than that record, and its fact stands in a case.
    """
    if not several:
        return
    ids = {spot(seen): _event_id(seen) for seen in evidence.snapshot.records if spot(seen) in several}
    restored = {
        (fact.origin.topic, fact.origin.partition, fact.origin.offset, fact.event_id, fact.recorded_at)
        for one in evidence.cases.values()
        for fact in one.value.facts
        if fact.origin is not None
    }
    own = Counter[Spot]()
    for receipt in (one.value for one in evidence.receipts):
        where = (receipt.topic, receipt.partition, receipt.offset)
        if where in several:
            another = ids.get(where) not in (None, receipt.event_id)
            own[where] += not (another and (*where, receipt.event_id, receipt.received_at) in restored)
    yield from (where for where, number in own.items() if number > 1)


def _event_id(seen: Seen) -> str | None:
    """Returns the id of the event that an ingress record is, in either mode of CloudEvents; None for what cannot be read."""
    for name, value in seen.headers:
        if name == "ce_id":
            return value.decode("utf-8", "replace")
    try:
        event = orjson.loads(seen.value or b"")
    except orjson.JSONDecodeError:
        return None
    found = event.get("id") if isinstance(event, dict) else None
    return found if isinstance(found, str) else None


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields every record without its one receipt, and receipts for records that were never there."""
    found = balance(evidence)
    for seen in found.unanswered:
        yield Finding(
            Code.UNANSWERED,
            Severity.CRITICAL,
            written(seen),
            "intake has read this record, and it has no receipt and is not on its way to one",
            "send it again by hand (`brudvagt deadletters replay` needs a dead letter; else ask its sender to repeat)",
        )
    for where in found.answered_twice:
        yield Finding(
            Code.ANSWERED_TWICE,
            Severity.WARNING,
            written(where),
            "this record has more than one receipt: its sender may have read a false outcome",
            "compare the receipts; the case's facts say which one is true",
        )
    yield from _without_record(evidence)


def _without_record(evidence: Evidence) -> Iterator[Finding]:
    snapshot = evidence.snapshot
    there = {spot(seen) for seen in snapshot.records}
    for where in sorted(set(_answered(evidence)) - there):
        topic, partition, offset = where
        start, end = snapshot.starts.get((topic, partition), 0), snapshot.ends.get((topic, partition), 0)
        if start <= offset < end:
            yield Finding(
                Code.RECEIPT_WITHOUT_RECORD,
                Severity.WARNING,
                written(where),
                "a receipt answers a record that is not on its topic",
                "somebody deleted records, or wrote a receipt who may not: check who may write the receipts topic",
            )


def _answered(evidence: Evidence) -> list[Spot]:
    return [(one.value.topic, one.value.partition, one.value.offset) for one in evidence.receipts]


def _waiting(evidence: Evidence) -> set[Spot]:
    """Returns the ingress records whose facts casework has not handled, or holds until their case is reported."""
    coming = [fact for facts in evidence.on_their_way.values() for fact in facts]
    held = [fact for one in evidence.awaited.values() for fact in one.value.facts]
    return {
        (fact.origin.topic, fact.origin.partition, fact.origin.offset)
        for fact in (*coming, *held)
        if fact.origin is not None
    }
