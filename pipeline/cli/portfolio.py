"""The cases and alerts of an installation as they stand, fed record by record from the public topics."""

from dataclasses import dataclass, field
from datetime import datetime

import orjson

from pipeline.audit.beats import Beats
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from schemas.case import CaseRecord, Status
from schemas.deadletter import DeadLetter
from schemas.delivery import INDEXES, Delivery, DeliveryStatus
from schemas.receipt import Receipt
from schemas.row_version import must_be_read

NO_CASES = ("producer", "awaited")


@dataclass(slots=True)
class Portfolio:
    """Cases, deliveries, receipts and dead letters, but none of the heartbeat's.

    `news` are lines for people since the last look.
    """

    topics: Topics
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    news: list[tuple[datetime | None, str]] = field(default_factory=list)
    beats: Beats = field(init=False)

    def __post_init__(self) -> None:
        self.beats = Beats(self.topics)

    @property
    def watched(self) -> tuple[str, ...]:
        """The topics that it is fed from."""
        return self.topics.cases, self.topics.deliveries, self.topics.receipts, self.topics.deadletters

    def take(self, seen: Seen) -> None:
        """Adds one record of any topic; what is none of its own is passed over."""
        topics = self.topics
        if seen.key is not None and seen.value is not None and seen.topic in (topics.cases, topics.deliveries):
            must_be_read(seen.key, seen.value)
        if self.beats.is_beat(seen):
            return
        if seen.topic == topics.receipts:
            self._receipt(Receipt.model_validate_json(seen.value or b""))
        elif seen.topic == topics.deadletters:
            self.letters.append(DeadLetter.model_validate_json(seen.value or b""))
        elif seen.topic == topics.cases and seen.key is not None and not seen.internal:
            self._case(seen.key.decode(), seen.value)
        elif seen.topic == topics.deliveries and seen.value is not None and _is_delivery(seen):
            self._delivery(Delivery.model_validate_json(seen.value))

    def last_alert(self, reference: str) -> Delivery | None:
        """Returns the newest alert about a case that reached somebody."""
        return max(self.sent(reference), key=lambda d: d.alert.created_at, default=None)

    def sent(self, reference: str) -> list[Delivery]:
        """Returns every alert about a case that was sent, in order."""
        found = [
            d for d in self.deliveries.values() if d.alert.reference == reference and d.status is DeliveryStatus.SENT
        ]
        return sorted(found, key=lambda d: d.alert.created_at)

    def _case(self, reference: str, value: bytes | None) -> None:
        if value is None:
            self.cases.pop(reference, None)
        elif orjson.loads(value).get("kind") not in NO_CASES:
            case = CaseRecord.model_validate_json(value)
            if case.status is not Status.AWAITED:
                self.cases[reference] = case

    def _receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        what = f"receipt: {receipt.outcome} {' '.join(receipt.references)}".rstrip()
        codes = ", ".join(problem.code for problem in receipt.problems)
        self.news.append((receipt.received_at, what + (f" ({codes})" if codes else "")))

    def _delivery(self, delivery: Delivery) -> None:
        before = self.deliveries.get(delivery.alert.alert_id)
        self.deliveries[delivery.alert.alert_id] = delivery
        if delivery.status is DeliveryStatus.SENT and (before is None or before.status is not DeliveryStatus.SENT):
            alert = delivery.alert
            about = alert.reference or alert.producer or alert.municipality
            who = f"{alert.role}:{alert.recipient}"
            self.news.append(
                (delivery.sent_at, f"alert [{alert.level}] {about} {alert.obligation}/{alert.rung} → {who}")
            )


def _is_delivery(seen: Seen) -> bool:
    return seen.key is not None and not seen.internal and not seen.key.startswith(INDEXES)
