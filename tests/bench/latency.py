"""Latency from a report to its alert: from the moment a report is handed to a producer until its alert is in the hands
of a `read_committed` reader, both in this process, so that one clock measures."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.bench.field import Contender
from tests.bench.race import process
from tests.bench.track import PARTITIONS, Track, lay
from tests.bench.work import make_report

WARM_UP = 40
WARM_UP_BUDGET_S = 60.0
LATE_S = 20.0
"""An alert that is not there so long after the last report counts as lost."""

CASES = 400
Post = Callable[[int], Awaitable[None]]
"""Sends the report with a number, alert wanted."""


@dataclass(frozen=True)
class Delays:
    """Milliseconds from report to alert at one rate, sorted; `lost` reports never had one."""

    contender: str
    per_s: float
    ms: tuple[float, ...]
    lost: int

    def quantile(self, part: float) -> float:
        """Returns the nearest-rank quantile; of 0.99 one in a hundred was slower."""
        rank = -(-len(self.ms) * part // 1)  # rounded up
        return self.ms[max(0, min(len(self.ms), int(rank)) - 1)] if self.ms else float("nan")


class Arrivals:
    """Notes when the alert of each report was first seen."""

    def __init__(self, consumer: AIOKafkaConsumer, number_of: Callable[[bytes], int | None]) -> None:
        self.at: dict[int, float] = {}
        self._consumer, self._number_of = consumer, number_of

    async def watch(self) -> None:
        """Reads until it is cancelled."""
        while True:
            fetched = await self._consumer.getmany(timeout_ms=1000)
            now = time.perf_counter()
            for records in fetched.values():
                for one in records:
                    number = self._number_of(one.value or b"")
                    if number is not None:
                        self.at.setdefault(number, now)

    async def have(self, numbers: range, budget_s: float) -> bool:
        """Waits until every one of `numbers` has arrived."""
        deadline = time.perf_counter() + budget_s
        while not all(number in self.at for number in numbers):
            if time.perf_counter() > deadline:
                return False
            await asyncio.sleep(0.05)  # the deadline above bounds it
        return True


async def measure(name: str, post: Post, arrivals: Arrivals, per_s: float, seconds: float) -> Delays:
    """Warms up, then sends at a steady rate; returns the delays. Raises TimeoutError if nothing ever answers."""
    for number in range(-WARM_UP, 0):  # every partition open, every path taken once, whatever starts slowly
        await post(number)
    if not await arrivals.have(range(-WARM_UP, 0), WARM_UP_BUDGET_S):
        raise TimeoutError(f"{name} sent no alert for its first reports within {WARM_UP_BUDGET_S:g} s")
    sent: dict[int, float] = {}
    began = time.perf_counter()
    numbers = range(max(1, int(per_s * seconds)))
    for number in numbers:
        await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))  # the rate itself
        sent[number] = time.perf_counter()
        await post(number)
    await arrivals.have(numbers, LATE_S)
    delays = sorted((arrivals.at[number] - sent[number]) * 1000 for number in numbers if number in arrivals.at)
    return Delays(name, per_s, tuple(delays), len(numbers) - len(delays))


async def of_contender(contender: Contender, bootstrap: str, per_s: float, seconds: float) -> Delays:
    """Measures one contender as it runs for ever, tuned for latency."""
    track = await lay(bootstrap, 0)
    task = await Track(bootstrap, track.reports, 0).task(contender, 0)
    async with process(contender, task), ends(bootstrap, task.alerts) as (producer, consumer):

        async def post(number: int) -> None:
            case = f"case-{number % CASES}"
            await producer.send(
                task.reports, make_report(number, case, urgent=True, sent=time.time()), key=case.encode()
            )

        arrivals = Arrivals(consumer, lambda value: int(orjson.loads(value)["id"]))
        watching = asyncio.create_task(arrivals.watch())
        try:
            return await measure(contender.title, post, arrivals, per_s, seconds)
        finally:
            watching.cancel()


@asynccontextmanager
async def ends(bootstrap: str, alerts: str) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    """Opens the sender of reports and the reader of alerts."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, isolation_level="read_committed")
    await producer.start()
    await consumer.start()
    parts = [TopicPartition(alerts, number) for number in range(PARTITIONS)]
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    try:
        yield producer, consumer
    finally:
        await consumer.stop()
        await producer.stop()
