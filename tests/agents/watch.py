"""What lies in the topics, read as any outside reader would, until something holds."""

import asyncio
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Seen
from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.deadletter import DeadLetter
from schemas.delivery import Delivery, DeliveryStatus
from schemas.receipt import IngressOutcome, Receipt
from tests.agents.running import Running

BUDGET_S = 90.0
Position = tuple[str, int, int]


class Watch:
    """`async with Watch(running) as watch: await watch.until(lambda: …)`. Starts with what lies there already."""

    def __init__(self, running: Running) -> None:
        """Names the installation."""
        topics = self._topics = running.topics
        self._running = running
        self.everything: list[Seen] = []
        self.receipts: list[Receipt] = []
        self.cases: dict[str, CaseRecord] = {}  # awaited ones too
        self.alerts: list[Alert] = []
        self.deliveries: dict[str, Delivery] = {}
        self.letters: list[DeadLetter] = []
        self._tail = Tail(running.connection, [spec.name for spec in topics.specs()], from_start=True)

        self._ends = AIOKafkaConsumer(isolation_level="read_uncommitted", **running.connection.client_kwargs())

    async def __aenter__(self) -> Self:
        await self._ends.start()
        await self._tail.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._tail.__aexit__(kind, error, trace)
        await self._ends.stop()

    async def until(self, holds: Callable[[], bool], budget_s: float = BUDGET_S) -> None:
        """Reads on until `holds`; fails with the end of the workers' logs after `budget_s` seconds."""
        try:
            async with asyncio.timeout(budget_s):
                while not holds():
                    for seen in await self._tail.more():
                        self._take(seen)
        except TimeoutError:
            raise AssertionError(self._running.logs[-6000:]) from None

    async def abreast(self, budget_s: float = BUDGET_S) -> None:
        """Reads on until everything is seen that was written when this was called, whether or not it was committed then.

        Of one transaction a reader may see the receipt before the case: its marker comes to one topic after the other.
        """
        parts = [TopicPartition(spec.name, n) for spec in self._topics.specs() for n in range(self._topics.partitions)]
        ends, consumer = await self._ends.end_offsets(parts), self._tail._consumer
        assert consumer is not None
        try:
            async with asyncio.timeout(budget_s):
                while any([await consumer.position(part) < end for part, end in ends.items()]):
                    for seen in await self._tail.more():
                        self._take(seen)
        except TimeoutError:
            raise AssertionError(self._running.logs[-6000:]) from None

    async def answers(self, *positions: Position) -> list[Receipt]:
        """Waits for the receipts of ingress records and for all that was written with them; returns the first of each."""
        await self.until(lambda: all(self.answered(position) for position in positions))
        await self.abreast()
        return [self.answered(position)[0] for position in positions]

    def answered(self, position: Position) -> list[Receipt]:
        """Returns the receipts of one ingress record so far."""
        return [one for one in self.receipts if (one.topic, one.partition, one.offset) == position]

    def outcomes(self) -> Counter[IngressOutcome]:
        """Returns how many receipts say what."""
        return Counter(one.outcome for one in self.receipts)

    def raised(self, reference: str) -> list[Alert]:
        """Returns the alerts about one case."""
        return [alert for alert in self.alerts if alert.reference == reference]

    def sent(self, reference: str) -> list[Delivery]:
        """Returns the deliveries about one case that a mail server took."""
        mine = [one for one in self.deliveries.values() if one.alert.reference == reference]
        return [one for one in mine if one.status is DeliveryStatus.SENT]

    def _take(self, seen: Seen) -> None:
        self.everything.append(seen)
        if seen.value is None or seen.internal:
            return
        if seen.topic == self._topics.receipts:
            self.receipts.append(Receipt.model_validate_json(seen.value))
        elif seen.topic == self._topics.deadletters:
            self.letters.append(DeadLetter.model_validate_json(seen.value))
        elif seen.topic == self._topics.alerts:
            self.alerts.append(Alert.model_validate_json(seen.value))
        elif seen.topic == self._topics.cases and orjson.loads(seen.value).get("kind") != "producer":
            case = CaseRecord.model_validate_json(seen.value)
            self.cases[case.reference] = case
        elif seen.topic == self._topics.deliveries and "alert" in _object(seen.value):
            delivery = Delivery.model_validate_json(seen.value)
            self.deliveries[delivery.alert.alert_id] = delivery


def _object(value: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}  # a row that is no record of the contract
    return found if isinstance(found, dict) else {}
