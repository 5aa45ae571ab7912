"""How long a report waits for its receipt: from the call of `send` to the receipt in the hands of a reader, both here.

The reader reads the platform's receipts alone and the producer stays: neither pays for the topics of others, which the
figure is about in the worker.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import Sequence
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from tests.agents.events import report
from tests.agents.running import STRUCTURED

ANSWER_BUDGET_S: Final = 60.0
PAUSES_S: Final = (0.05, 0.12, 0.19)
"""Between two reports, in turn: nothing shall come in step with the worker's own polls."""


async def answered_ms(connection: Connection, topics: Topics, codes: Sequence[str]) -> list[float]:
    """Sends one report after the other, each by its municipality's own way; returns how long each took, in ms, sorted.

    Raises TimeoutError where a receipt does not come.
    """
    run, took = secrets.token_hex(4), []
    async with (
        AIOKafkaProducer(**connection.client_kwargs()) as producer,
        AIOKafkaConsumer(isolation_level="read_committed", **connection.client_kwargs()) as reader,
    ):
        reader.assign([TopicPartition(topics.receipts, number) for number in range(topics.partitions)])
        await reader.seek_to_end()
        for number, (code, pause_s) in enumerate(zip(codes, itertools.cycle(PAUSES_S), strict=False)):
            own = topics.of(code).reports if code in topics.tenants else topics.reports
            event = report(f"bench-{run}-{number}", municipality=code)
            await producer.partitions_for(
                own
            )  # the sender's look at a topic that it has not used before is not counted
            began = time.monotonic()
            lies = await producer.send_and_wait(own, event, headers=list(STRUCTURED))
            async with asyncio.timeout(ANSWER_BUDGET_S):
                await _receipt(reader, (lies.topic, lies.partition, lies.offset))
            took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(pause_s)
    return sorted(took)


async def _receipt(reader: AIOKafkaConsumer, position: tuple[str, int, int]) -> None:
    while True:
        for batch in (await reader.getmany(timeout_ms=1000)).values():
            for one in batch:
                said = orjson.loads(one.value)
                if (said["topic"], said["partition"], said["offset"]) == position:
                    return
