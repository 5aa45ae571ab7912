"""When the pipeline has nothing left to do: only then is counting final."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.agents.running import POLL_S, Running

QUIET_BUDGET_S = 120.0


async def until_quiet(running: Running, budget_s: float = QUIET_BUDGET_S) -> None:
    """Waits until every stage has handled all of its input; timers that are not due yet do not count.

    Lag zero everywhere is not enough while one stage may still write to the input of another: so the ends of all
    inputs must be where they were before the lag was asked for. Nor is it while the marker of the last transaction has
    not come to every topic: so none may have an open one. Fails, with what is left, after `budget_s` seconds.
    """
    topics = running.topics
    inputs = {
        "intake": topics.ingress,
        "casework": (topics.facts,),
        "routing": (topics.cases,),
        "delivery": (topics.alerts,),
    }
    groups = {
        f"{topics.prefix}.{stage}": [
            TopicPartition(name, number) for name in names for number in range(topics.partitions)
        ]
        for stage, names in inputs.items()
    }
    everything = [part for parts in groups.values() for part in parts]
    written = [TopicPartition(spec.name, number) for spec in topics.specs() for number in range(topics.partitions)]
    # Uncommitted: a commit is answered before its markers are written, and the stable end may be short of it.
    consumer = AIOKafkaConsumer(group_id=None, isolation_level="read_uncommitted", **running.connection.client_kwargs())
    stable = AIOKafkaConsumer(group_id=None, isolation_level="read_committed", **running.connection.client_kwargs())
    admin = AIOKafkaAdminClient(**running.connection.client_kwargs())
    await consumer.start()
    await stable.start()
    await admin.start()
    left: dict[TopicPartition, int] = {}
    try:
        async with asyncio.timeout(budget_s):
            while True:
                before = await consumer.end_offsets(everything)
                handled: dict[TopicPartition, int] = {}
                for group in groups:
                    known = await admin.list_consumer_group_offsets(group)
                    handled |= {part: meta.offset for part, meta in known.items()}
                after = await consumer.end_offsets(everything)
                left = {part: end - handled.get(part, 0) for part, end in after.items() if handled.get(part, 0) < end}
                if before == after and not left:
                    ends = await consumer.end_offsets(written)
                    left = {part: ends[part] - end for part, end in (await stable.end_offsets(written)).items()}
                    if not any(left.values()):
                        return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"not handled: {left}\n{running.logs[-6000:]}") from None
    finally:
        await admin.close()
        await stable.stop()
        await consumer.stop()
