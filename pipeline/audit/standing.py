"""The auditor that runs always: one audit after another over what it has read, its findings as metrics and log lines."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from pipeline.audit import metrics
from pipeline.audit.audit import Report, audit
from pipeline.audit.policies import PolicyFile, read_policies
from pipeline.audit.reading import Reader
from pipeline.bystander import Watch
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError
from pipeline.kafka.log_dirs import disks
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.audit")

FRESH_EVERY_S: Final = 24 * 60 * 60.0
"""So often everything is read anew: what compaction has removed from the topics leaves the memory then."""


class Auditor:
    """Audits an installation every `interval_s` real seconds until it is told to stop."""

    def __init__(self, connection: Connection, topics: Topics, clock: Clock, policies: Path, interval_s: float) -> None:
        """`policies` is the folder of the released policies."""
        self._connection, self._topics, self._clock = connection, topics, clock
        self._policies: Sequence[PolicyFile] = read_policies(policies)
        self._interval_s = interval_s

    async def watch(self, watch: Watch) -> None:
        """Audits until told to stop. Raises what Kafka raises at the start: an auditor without a broker ends, and is seen to.

        Later it waits for a broker that does not answer: what it has read, and what it last found, would be lost with it.
        """
        metrics.AUDIT.zero()
        while not watch.stop.is_set():
            async with Reader(self._connection, self._topics, self._clock, self._policies) as reader:
                fresh_until = time.monotonic() + FRESH_EVERY_S
                while not watch.stop.is_set() and time.monotonic() < fresh_until:
                    try:
                        await self._once(reader)
                        watch.ready = True
                    except (KafkaError, TimeoutError) as error:
                        log.warning("no audit: the broker does not answer", reason=type(error).__name__)
                    await watch.pause(self._interval_s)

    async def _once(self, reader: Reader) -> None:
        began = time.monotonic()
        snapshot = await reader.snapshot()
        report = await asyncio.to_thread(audit, snapshot)  # seconds of work where there is much: the pages answer on
        metrics.show(report, time.time(), time.monotonic() - began)
        await self._disks()
        _tell(report)

    async def _disks(self) -> None:
        try:
            found = await disks(self._connection)
        except (BrokerError, PermissionError) as error:
            log.warning("no word of the brokers' disks", reason=str(error))
            return
        for broker in {disk.broker for disk in found}:
            share = min(disk.free_share for disk in found if disk.broker == broker)
            metrics.DISK_FREE.labels(str(broker)).set(share)


def _tell(report: Report) -> None:
    for finding in report.findings:
        log.warning("finding", code=finding.code, severity=finding.severity, where=finding.where)
    log.info("audit", balance=report.figures.sentence, findings=len(report.findings))
