"""Three brokers on loopback, each with a disk of its own: what one broker alone cannot show."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from pipeline.kafka import ports
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.server_properties import HOST

NODES = 3
IN_SYNC_BUDGET_S = 120.0  # a start, a fetch of everything and the leaders' look at it, on a machine that is busy

REPLICATED = {
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": str(NODES),
    "transaction.state.log.replication.factor": str(NODES),
    "transaction.state.log.min.isr": "2",
    "replica.lag.time.max.ms": "5000",  # the default of 30 s is how long a write waits for a replica that is gone
    "log.flush.interval.messages": str(2**63 - 1),  # a disk that is lost has flushed in vain: the replicas have it
}


class Cluster:
    """`async with Cluster(directory) as cluster: connect(cluster.bootstrap)`. Brokers are numbered from 0."""

    def __init__(self, directory: Path) -> None:
        """Chooses the ports; nothing is started."""
        first = [_two_neighbours() for _ in range(NODES)]
        voters = ",".join(f"{number}@{HOST}:{port + 1}" for number, port in enumerate(first))
        common = REPLICATED | {"controller.quorum.voters": voters}
        self.brokers: Sequence[EmbeddedKafka] = [
            EmbeddedKafka(directory / f"broker-{number}", port=port, overrides={**common, "node.id": str(number)})
            for number, port in enumerate(first)
        ]
        # A directory's lock belongs to the thread that took it.
        self._threads = [ThreadPoolExecutor(1) for _ in first]

    @property
    def bootstrap(self) -> str:
        """Every broker, as clients name them."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    async def __aenter__(self) -> Self:
        try:
            await asyncio.gather(*(self._do(number, broker.start) for number, broker in enumerate(self.brokers)))
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def lose(self, number: int) -> None:
        """kill -9 of one broker; everything that it had on disk is gone."""
        broker = self.brokers[number]
        os.kill(broker.pid, signal.SIGKILL)
        await self._do(number, broker.stop)
        shutil.rmtree(broker.directory.log_directory)

    async def replace(self, number: int) -> None:
        """Starts that broker again with an empty disk."""
        await self._do(number, self.brokers[number].start)

    async def in_sync(self, topics: Sequence[str]) -> None:
        """Waits until every broker has everything of these topics and of Kafka's own."""
        async with asyncio.timeout(IN_SYNC_BUDGET_S):
            while True:
                try:
                    found = await self._partitions([*topics, "__consumer_offsets", "__transaction_state"])
                    if all(len(one["isr"]) == NODES for one in found):
                        return
                except (KafkaError, KeyError):
                    pass  # a broker that is away: asked again
                await asyncio.sleep(0.2)  # between two looks; the time-out above bounds them

    async def _partitions(self, topics: Sequence[str]) -> list[dict[str, Any]]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            return [part for topic in await admin.describe_topics(list(topics)) for part in topic["partitions"]]
        finally:
            await admin.close()

    def _do(self, number: int, what: Callable[[], None]) -> Awaitable[None]:
        return asyncio.get_running_loop().run_in_executor(self._threads[number], what)

    async def _stop(self) -> None:
        await asyncio.gather(*(self._do(number, broker.stop) for number, broker in enumerate(self.brokers)))
        for thread in self._threads:
            thread.shutdown()


def _two_neighbours() -> int:
    """Returns a free port whose neighbour is free too: the broker listens on the one, its controller on the other."""
    while not ports.is_free(1 + (port := ports.free_port())):
        pass
    return port
