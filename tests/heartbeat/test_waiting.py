"""The heart beats on where a broker does not answer for a while: nobody has to start it again."""

import asyncio
from collections.abc import Iterable

import pytest
from aiokafka.errors import KafkaTimeoutError

from pipeline.bystander import Watch
from pipeline.heartbeat import heart as beating
from pipeline.heartbeat.heart import Heart
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
    """Two beats are lost, each in its way; the third is sent by the same heart."""
    silences: list[Exception] = [KafkaTimeoutError(), BrokerError("nobody there")]

    async def send(to: Connection, records: Iterable[Outgoing]) -> list[Position]:
        if silences:
            raise silences.pop()
        return await sending.send(to, records)

    monkeypatch.setattr(beating, "send", send)
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
