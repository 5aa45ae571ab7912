"""The stages before a stage: after an outage its timers wait until those have read what came meanwhile, too.

A filing that a person sent while the machine was off lies on an ingress topic and is no fact yet. A stage that looked
at its own inputs alone would find nothing new there, and alarm people about what is done already.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError
from aiokafka.structs import TopicPartition

from pipeline.engine.reaching import Connection
from pipeline.kafka.ruler import Ruler

LOOK_EVERY_S: Final = 0.25  # positions are copied to the group about twice a second


@dataclass(frozen=True, slots=True)
class Upstream:
    """A stage before this one: its consumer group, to which it copies its positions, and what it reads."""

    group: str
    inputs: tuple[str, ...]


async def ends_behind(
    connection: Connection, upstream: Sequence[Upstream], counts: Mapping[str, int], inputs: Sequence[str], number: int
) -> dict[str, int]:
    """Returns the ends of `inputs` in partition `number`, once each of `upstream`, the first one first, has read to its
    own ends as seen when its turn came. `counts` are the partition counts of everything upstream reads.

    Waits for ever for a stage that nobody runs: whoever calls sets the limit.
    """
    admin = AIOKafkaAdminClient(**connection.client_kwargs())
    reader = Ruler(connection, [*(topic for stage in upstream for topic in stage.inputs), *inputs])
    try:
        await admin.start()
        await reader.start()
        for stage in upstream:
            parts = [TopicPartition(topic, each) for topic in stage.inputs for each in range(counts[topic])]
            await _read(admin, stage.group, await _unread(reader, parts))
        mine = [TopicPartition(topic, number) for topic in inputs]
        return {part.topic: end for part, end in (await reader.end_offsets(mine)).items()}
    finally:
        await reader.stop()
        await admin.close()


async def _unread(reader: Ruler, parts: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Returns the ends of those that hold anything."""
    begins, ends = await reader.beginning_offsets(parts), await reader.end_offsets(parts)
    return {part: end for part, end in ends.items() if end > begins[part]}


async def _read(admin: AIOKafkaAdminClient, group: str, ends: Mapping[TopicPartition, int]) -> None:
    """Waits until a group has read to `ends`; asks each time only for what it had not read the time before."""
    left = dict(ends)
    while left:
        with contextlib.suppress(
            GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError
        ):  # a broker just started
            known = await admin.list_consumer_group_offsets(group, partitions=list(left))
            left = {part: end for part, end in left.items() if part not in known or known[part].offset < end}
            if not left:
                return
        await asyncio.sleep(LOOK_EVERY_S)
