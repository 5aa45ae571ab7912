"""The judge: reads back what a contender has committed, and says in words what is missing or too much.

It shares no code with any contender: a plain `read_committed` reader. A contender that drops work is marked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.contenders.start import Task
from tests.bench.field import Contender
from tests.bench.track import PARTITIONS
from tests.bench.work import ALERT_EVERY, Row

READ_BUDGET_S = 60.0
QUIET_S = 3.0
"""An end that is not reached while nothing arrives for so long is an open transaction: what lies in it does not count."""


async def judge(contender: Contender, task: Task) -> list[str]:
    """Returns every fault found; an empty list when each report counts once and each alert is there once."""
    rows: dict[bytes, Row] = {}
    async for key, value in committed(task.bootstrap, task.changelog):
        if value is not None and (found := contender.decode(key, value)) is not None:
            rows[found[0]] = found[1]
    alerts = [orjson.loads(value or b"")["id"] async for _, value in committed(task.bootstrap, task.alerts)]
    return [
        *compare("state change", (number for row in rows.values() for number in row["ids"]), range(task.events)),
        *compare("alert", alerts, range(0, task.events, ALERT_EVERY)),
    ]


def compare(what: str, found: Iterable[int], wanted: Iterable[int]) -> list[str]:
    """Returns what is missing, doubled or never asked for, counted."""
    have, want = Counter(found), Counter(wanted)
    doubled = {one: times - 1 for one, times in have.items() if times > 1 and one in want}
    counts = {
        "missing": len(want.keys() - have.keys()),
        "doubled": sum(doubled.values()),
        "from nowhere": len(have.keys() - want.keys()),
    }
    return [f"{count} × {what} {kind}" for kind, count in counts.items() if count]


async def committed(bootstrap: str, topic: str) -> AsyncIterator[tuple[bytes, bytes | None]]:
    """Yields every committed record of a topic, in order within a partition."""
    parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    ends = await _ends(bootstrap, parts)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        loop = asyncio.get_running_loop()
        last_at, deadline = loop.time(), loop.time() + READ_BUDGET_S
        while any([await consumer.position(part) < ends[part] for part in parts]):
            fetched = await consumer.getmany(timeout_ms=100)
            for records in fetched.values():
                for one in records:
                    yield one.key, one.value
            if fetched:
                last_at = loop.time()
            if loop.time() - last_at > QUIET_S or loop.time() > deadline:
                return
    finally:
        await consumer.stop()


async def _ends(bootstrap: str, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
    # Uncommitted: a commit is answered before its markers are written, and the stable end may be short of it.
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, isolation_level="read_uncommitted")
    await consumer.start()
    try:
        consumer.assign(parts)
        return dict(await consumer.end_offsets(parts))
    finally:
        await consumer.stop()
