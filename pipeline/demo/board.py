"""What the demonstration sees: everything it knows comes off the topics, as any outside reader would have it."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from agents.delivery import NEWEST
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from schemas.case import CaseRecord
from schemas.deadletter import DeadLetter
from schemas.delivery import Delivery, DeliveryStatus
from schemas.receipt import Receipt

TYPED = re.compile(rb"010190[- ]?1234")
"""The made-up CPR number in the citizen's own words."""


@dataclass(slots=True)
class Board:
    """The state of the story so far, fed record by record; `news` are lines for people since the last look."""

    topics: Topics
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    ingress: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    leaks: int = 0  # records beyond the gate that show the number which the story's citizen typed
    news: list[tuple[datetime | None, str]] = field(default_factory=list)

    def take(self, seen: Seen) -> None:
        """Adds one record of any topic."""
        topics = self.topics
        ingress = (topics.reports, topics.actions, topics.replays)
        if seen.topic not in ingress and TYPED.search(seen.value or b""):
            self.leaks += 1
        if seen.topic in ingress:
            self.ingress[seen.topic] += 1
        elif seen.topic == topics.receipts:
            self._receipt(Receipt.model_validate_json(seen.value or b""))
        elif seen.topic == topics.deadletters:
            self.letters.append(DeadLetter.model_validate_json(seen.value or b""))
        elif seen.topic == topics.cases and seen.key is not None and not seen.internal and seen.value is not None:
            if orjson.loads(seen.value).get("kind") not in ("producer", "awaited"):
                case = CaseRecord.model_validate_json(seen.value)
                self.cases[case.reference] = case
                self.versions[case.reference] += 1
        elif seen.topic == topics.deliveries and seen.value is not None and _is_delivery(seen):
            self._delivery(Delivery.model_validate_json(seen.value))

    def last_alert(self, reference: str) -> Delivery | None:
        """Returns the newest alert about a case that reached somebody."""
        sent = [d for d in self.deliveries.values() if d.alert.reference == reference and d.sent_at is not None]
        return max(sent, key=lambda d: d.alert.created_at, default=None)

    def sent(self, reference: str) -> list[Delivery]:
        """Returns every alert about a case that was sent, in order."""
        found = [
            d for d in self.deliveries.values() if d.alert.reference == reference and d.status is DeliveryStatus.SENT
        ]
        return sorted(found, key=lambda d: d.alert.created_at)

    def _receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        what = f"receipt: {receipt.outcome} {' '.join(receipt.references)}".rstrip()
        codes = ", ".join(problem.code for problem in receipt.problems)
        self.news.append((None, what + (f" ({codes})" if codes else "")))

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
    return seen.key is not None and not seen.internal and not seen.key.startswith(NEWEST)
