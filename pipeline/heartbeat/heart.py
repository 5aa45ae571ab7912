"""The heart: sends beats, follows each through the topics as an outsider, acknowledges, and clears up behind itself."""

import time
from collections.abc import Iterable
from typing import Final
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError

from pipeline.bystander import Watch
from pipeline.heartbeat import events, metrics
from pipeline.heartbeat.book import Book, Progress, State, Step, Todo
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.reading import Tail, read_table
from pipeline.kafka.records import Outgoing, Seen
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from pipeline.logging import TRACE_ID
from pipeline.timebase import Clock
from pipeline.tracing.context import Trace, follow
from schemas.case import CaseRecord, Status
from schemas.delivery import Delivery
from schemas.heartbeat import TENANT, is_beat

log = structlog.get_logger("pipeline.heartbeat")

MOST_OUTSTANDING: Final = 5
"""A pipeline that stands still for a night is not met by 500 beats when it comes back."""

ABANDONED_AFTER: Final = 10
"""Intervals after which a beat is given up: long after its absence has become an alarm."""

LOOK_S: Final = 0.2
HEADERS: Final = (("content-type", b"application/cloudevents+json"),)
KEY: Final = f"{TENANT}-heartbeat".encode()
_MINE: Final = f'"municipality":"{TENANT}"'.encode()


class Heart:
    """One heart of an installation; several may beat beside one another, each follows its own beats."""

    def __init__(self, connection: Connection, topics: Topics, clock: Clock, interval_s: float) -> None:
        """`interval_s` is in real seconds."""
        self._connection, self._topics, self._clock, self._interval_s = connection, topics, clock, interval_s
        self._book = Book()

    async def beat(self, watch: Watch) -> None:
        """Beats until told to stop. Raises what Kafka raises at the start: a heart without a broker ends, and is seen to.

        Later it waits for a broker that does not answer. Ending would say nothing that the missing beats do not say, would
        be a restart alarm beside theirs, and would have a supervisor's back-off between the broker's return and the next beat.
        """
        metrics.HEARTBEAT.zero()
        metrics.INTERVAL.set(self._interval_s)
        async with Tail(self._connection, [self._topics.cases, self._topics.deliveries]) as tail:
            watch.ready = True
            await self._adopt()
            next_at = time.monotonic()
            while not watch.stop.is_set():
                now = time.monotonic()
                if now >= next_at:
                    next_at = max(next_at + self._interval_s, now)
                    await self._abandon(now)
                    await self._send_beat()
                for seen in await tail.more(wait_s=LOOK_S):
                    for progress in self._read(seen):
                        await self._went_on(progress)
                metrics.OUTSTANDING.set(len(self._book))

    async def _send_beat(self) -> None:
        if len(self._book) >= MOST_OUTSTANDING:
            return
        beat_id = f"beat-{uuid4().hex}"
        reference = events.case_of(beat_id)
        trace = follow(None)
        self._book.sent(reference, time.monotonic(), trace)
        if await self._send(trace, self._topics.reports, events.report(beat_id)):
            metrics.BEATS.labels(State.SENT).inc()
        else:
            self._book.unsent(reference)

    async def _went_on(self, progress: Progress) -> None:
        if progress.after_s:
            metrics.STEP_SECONDS.labels(progress.step).set(progress.after_s)
        metrics.STEP_AT.labels(progress.step).set(time.time())
        if progress.step is Step.ACKNOWLEDGED:
            metrics.LAST_SUCCESS.set(time.time())
            metrics.DURATION.observe(progress.after_s)
            metrics.BEATS.labels(State.ACKNOWLEDGED).inc()
            about = _about(progress.trace)
            log.info("beat", reference=progress.reference, duration_s=round(progress.after_s, 2), **about)
        if progress.todo is Todo.ACKNOWLEDGE:
            await self._send(progress.trace, self._topics.actions, events.acknowledge(progress.reference))
        elif progress.todo is Todo.CLEAR:
            await self._send(progress.trace, self._topics.actions, *events.clear(progress.reference))

    async def _abandon(self, now: float) -> None:
        for beat in list(self._book.abandon(now, ABANDONED_AFTER * self._interval_s)):
            if beat.failed:
                metrics.BEATS.labels(State.ABANDONED).inc()
                log.error("a beat never came back", reference=beat.reference, **_about(beat.trace))
            if beat.clear:
                await self._send(beat.trace, self._topics.actions, *events.clear(beat.reference))

    async def _adopt(self) -> None:
        """Takes on what an earlier heart left in the tables when it was killed."""
        rows = await read_table(self._connection, self._topics.cases, of=lambda key: is_beat(_text(key)))
        now, shown = time.monotonic(), self._clock.now()
        for row in rows.values():
            case = CaseRecord.model_validate_json(row)
            if case.status is Status.AWAITED:
                continue
            age_s = self._clock.real_seconds(shown - case.opened_at.timestamp())
            self._book.adopt(case.reference, age_s, now)

    async def _send(self, trace: Trace | None, topic: str, *values: bytes) -> bool:
        """Sends in the beat's trace, or in a new one.

        Returns whether the broker says that it has it. Where it does not say so it may have it all the same.
        """
        headers = (*HEADERS, *(trace or follow(None)).headers)
        try:
            await send(self._connection, [Outgoing(topic, value, key=KEY, headers=headers) for value in values])
        except (BrokerError, KafkaError) as error:
            log.warning("the broker does not answer; the heart beats on", topic=topic, reason=type(error).__name__,
                        **_about(trace))  # fmt: skip
            return False
        return True

    def _read(self, seen: Seen) -> Iterable[Progress]:
        now = time.monotonic()
        if seen.key is None or seen.internal:
            return ()
        if seen.topic == self._topics.cases:
            reference = _text(seen.key)
            if not is_beat(reference):
                return ()
            record = None if seen.value is None else CaseRecord.model_validate_json(seen.value)
            return self._book.case(reference, record, now)
        if seen.value is None or _MINE not in seen.value:
            return ()
        return self._book.delivery(Delivery.model_validate_json(seen.value), now)


def _about(trace: Trace | None) -> dict[str, str]:
    return {} if trace is None else {TRACE_ID: trace.trace_id}


def _text(key: bytes) -> str:
    return key.decode("ascii", "replace")
