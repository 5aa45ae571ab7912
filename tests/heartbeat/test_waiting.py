"""The heart beats on where a broker does not answer for a while: nobody has to start it again."""

import asyncio
from collections.abc import Iterable

import pytest
from aiokafka.errors import KafkaTimeoutError

from pipeline.bystander import Watch
from pipeline.heartbeat import heart as beating
from pipeline.heartbeat.heart import MOST_OUTSTANDING, Heart
from pipeline.kafka import sending
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Outgoing, Seen
from pipeline.kafka.sending import Position
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from schemas.heartbeat import SOURCE

BUDGET_S = 60.0


async def test_a_heart_outlives_a_broker_that_does_not_answer(
    connection: Connection, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More beats are lost than may be under way, each in its way; the next is sent by the same heart, at its time: what was
    lost is not waited for."""
    silences = [KafkaTimeoutError(), BrokerError("nobody there")] * MOST_OUTSTANDING

    async def send(to: Connection, records: Iterable[Outgoing]) -> list[Position]:
        if silences:
            raise silences.pop()
        return await sending.send(to, records)

    monkeypatch.setattr(beating, "send", send)
    monkeypatch.setattr(beating, "ABANDONED_AFTER", 1_000_000)
    watch = Watch()
    async with Tail(connection, [topics.reports]) as tail, asyncio.timeout(BUDGET_S):
        task = asyncio.create_task(Heart(connection, topics, Clock.real(), 0.5).beat(watch))
        arrived = list[Seen]()
        while not arrived and not task.done():
            arrived = await tail.more()
        watch.stop.set()
        await task
    assert not silences
    assert SOURCE.encode() in (arrived[0].value or b"")
