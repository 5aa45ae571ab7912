"""Membership in a stage's consumer group: who else is there, which partitions are ours. It never fetches.

A consumer of its own, because there is one connection per node: a long poll would delay everything behind it.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from pipeline.engine.assignor import assignor_for
from pipeline.engine.health import WORKER_NAME
from pipeline.engine.kafka_port import METADATA_AGE_MS
from pipeline.engine.ownership import Ownership
from pipeline.engine.reaching import Connection
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.within import within
from pipeline.kafka.ruler import ASLEEP_MS

log = structlog.get_logger("pipeline.engine")

MAX_POLL_INTERVAL_MS: Final = 300_000
"""Never reached: `run` polls twice a second. A loop that stands still is the watchdog's, and it is quicker."""


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Tells an `Ownership` what the group decides, and copies its positions into the group for lag tools."""

    def __init__(self, stage: Stage, connection: Connection, settings: WorkerSettings, ownership: Ownership) -> None:
        budgets = settings.budgets
        self._stage, self._ownership, self._budgets = stage, ownership, budgets
        self._copied: dict[TopicPartition, int] = {}
        self._left = False
        self._broken: BaseException | None = None
        self._consumer = AIOKafkaConsumer(
            **connection.client_kwargs(),
            group_id=stage.group,
            client_id=WORKER_NAME,
            group_instance_id=f"{settings.instance_id}-{stage.name}" if settings.instance_id else None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[assignor_for(stage.name)],
            session_timeout_ms=int(budgets.session_s * 1000),
            heartbeat_interval_ms=int(budgets.heartbeat_s * 1000),
            rebalance_timeout_ms=int(budgets.rebalance_s * 1000),
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            consumer_timeout_ms=ASLEEP_MS,  # everything is paused; rebalances and errors wake it
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    async def start(self) -> None:
        """Joins the group; returns once the first assignment is there."""
        self._consumer.subscribe(self._stage.inputs, listener=self)
        await within(self._budgets.start_s, f"joining the group {self._stage.group}", self._consumer.start())

    async def run(self) -> None:
        """Keeps the membership alive and the copied positions fresh; raises what breaks it."""
        while True:
            await self._consumer.getmany(timeout_ms=500)  # returns nothing, everything is paused; raises its errors
            if self._broken is not None:
                raise self._broken
            await self._copy_positions()

    async def leave(self) -> None:
        """Leaves the group, so that others need not wait for the session to end."""
        if not self._left:
            self._left = True
            await self._consumer.stop()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Every rebalance starts with this: the batches under way end, then everything stands still."""
        if revoked and not self._left:
            with self._told():
                await self._ownership.hold(self._budgets.rebalance_s / 2)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Every rebalance ends with this."""
        with self._told():
            self._consumer.pause(*assigned)
            self._ownership.assign({each.partition for each in assigned})

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Hands an exception to `run`: aiokafka logs what a listener raises and goes on, and nothing would be owned."""
        try:
            yield
        except Exception as error:
            self._broken = error
            raise

    async def _copy_positions(self) -> None:
        mine = self._consumer.assignment()
        fresh = {
            part: offset
            for number, partition in self._ownership.partitions.items()
            for topic, offset in partition.positions_for_copy().items()
            if (part := TopicPartition(topic, number)) in mine and self._copied.get(part) != offset
        }
        if not fresh:
            return
        try:
            async with asyncio.timeout(
                self._budgets.commit_s
            ):  # a copy for lag tools: nothing may wait for it for ever
                await self._consumer.commit(fresh)
            self._copied.update(fresh)
        except (KafkaError, TimeoutError) as error:
            log.warning("positions not copied to the group", stage=self._stage.name, error=type(error).__name__)
