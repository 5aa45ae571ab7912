"""A small piece of work whose balance shows whether each record took effect exactly once, in memory or on a real Kafka.

Each record adds its id to its case's row and sends one alert. Exactly once means: every id once in the rows, every id
once on the alerts topic.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from pipeline.engine import Stage, Tx
from pipeline.engine.port import Port
from pipeline.engine.settings import WorkerSettings
from tests.engine.bench import Cluster, Life, MemoryCluster, until
from tests.engine.memory_kafka import MemoryPort, Process
from tests.engine.stepped_kafka import SteppedPort

REPORTS = 7
EXACTLY_ONCE = ("0123456", "0123456")
SMALL = WorkerSettings(max_batch=2, save_idle_s=0.01)


@dataclass
class World:
    """The work's topics on one cluster."""

    cluster: Cluster

    async def fill(self) -> None:
        """Makes the topics and puts the reports on the input."""
        prefix = self.cluster.prefix
        await self.cluster.create(f"{prefix}-in", f"{prefix}-rows", f"{prefix}-out")
        await self.cluster.put(f"{prefix}-in", *((b"case%d" % (n % 2), b"%d" % n) for n in range(REPORTS)))

    def stage(self) -> Stage:
        """Returns the stage under test."""
        prefix = self.cluster.prefix
        stage = Stage(f"{prefix}-count", inputs=[f"{prefix}-in"], table=f"{prefix}-rows", outputs=[f"{prefix}-out"])

        @stage.agent
        async def work(batches: AsyncIterator[Tx]) -> None:
            async for batch in batches:
                async with batch as tx:
                    for record in tx.records:
                        assert record.key is not None
                        assert record.value is not None
                        tx.table[record.key] = tx.table.get(record.key, b"") + record.value
                        tx.send(f"{prefix}-out", record.value, key=record.key)

        return stage

    def port(self, process: Process) -> Port:
        """Returns the port of a process that crashes or hangs where it was told."""
        if isinstance(self.cluster, MemoryCluster):
            return MemoryPort(process)
        return SteppedPort(process, self.cluster.port())

    def life(self, process: Process) -> Life:
        """Starts one life of the partition."""
        return Life(self.stage(), self.port(process), SMALL)

    def handled(self, life: Life, count: int = REPORTS) -> bool:
        """Tells whether so many reports are handled and saved, or the partition has ended."""
        return life.task.done() or life.partition.positions_for_copy().get(f"{self.cluster.prefix}-in", 0) >= count

    async def live(self, process: Process, count: int = REPORTS) -> None:
        """One life: until so many reports are handled, or until death."""
        life = self.life(process)
        await until(lambda: self.handled(life, count) or process.dead)
        await life.kill()

    async def balance(self) -> tuple[str, str]:
        """Returns the ids in the rows and the ids on the alerts topic, sorted."""
        rows = {key: value for key, value in await self.cluster.read(f"{self.cluster.prefix}-rows")}
        ids = b"".join(value for key, value in rows.items() if key and key[:1] != b"\x00" and value)
        alerts = b"".join(value or b"" for _, value in await self.cluster.read(f"{self.cluster.prefix}-out"))
        return "".join(sorted(ids.decode())), "".join(sorted(alerts.decode()))
