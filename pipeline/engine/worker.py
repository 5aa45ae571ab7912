"""The worker process: one event loop that hosts any number of stages and ends with a status for its supervisor."""

import asyncio
import contextlib
import gc
import signal
import tempfile
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Final

import structlog

from pipeline.engine import metrics
from pipeline.engine.application import Application, attach, build_application
from pipeline.engine.budgets import CANCEL_S
from pipeline.engine.clockskew import ClockOffset
from pipeline.engine.errors import TopicMismatch
from pipeline.engine.fatal import EXIT_FATAL, FatalExit
from pipeline.engine.health import HealthServer
from pipeline.engine.kafka_port import BATCH_BYTES, KafkaPort
from pipeline.engine.loop import new_event_loop
from pipeline.engine.membership import Membership
from pipeline.engine.ownership import Ownership
from pipeline.engine.port import Port
from pipeline.engine.reaching import Connection
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.surroundings import Surroundings
from pipeline.engine.watchdog import Watchdog
from pipeline.engine.within import within
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.engine")

COLLECTED_AFTER: Final = (50_000, 20, 20)
"""When the garbage collector looks for circles: after so many new objects, each 20th time one generation further. What a
batch makes dies with it, by counting references; Python's (700, 10, 10) went through it and everything that waits for
timers, and took a sixth of the processor's time in a burst of rungs."""


def run_worker(
    stages: Sequence[Stage], connection: Connection, clock: Clock, settings: WorkerSettings | None = None
) -> int:
    """Runs the stages until TERM or INT; returns 0 after a clean stop.

    Anything unexpected ends the process itself with exit status 70 and one critical log line: nothing of the batch
    under way is committed, and a supervisor restarts with back-off.
    """
    settings = settings or WorkerSettings()
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-worker-") as data,
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        return runner.run(Worker(stages, connection, clock, settings, Path(data)).run())


class Worker:
    """One run of a worker: start, wait for a signal, stop within the grace."""

    def __init__(
        self, stages: Sequence[Stage], connection: Connection, clock: Clock, settings: WorkerSettings, data: Path
    ) -> None:
        if len({stage.group for stage in stages}) != len(stages) or not stages:
            raise ValueError("a worker needs at least one stage, and each stage a group of its own")
        self._stages, self._connection, self._clock, self._settings = stages, connection, clock, settings
        self._data = data
        self._fatal = FatalExit(settings.budgets.farewell_s)
        self._ownerships: dict[str, Ownership] = {}
        self._memberships: list[Membership] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._offset = ClockOffset()
        self._health = HealthServer(self._ownerships)

    async def run(self) -> int:
        """Runs until a signal; returns the exit status."""
        stop = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        # 108,000 objects of imported modules live for ever: 157 ms for each full collection that goes through them.
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        app = build_application("-".join(stage.name for stage in self._stages), self._data)
        starting, told = asyncio.create_task(self._start(app)), asyncio.create_task(stop.wait())
        await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():  # Kafka does not answer, or the group waits: a supervisor's TERM must not wait with it
            starting.cancel()
            await asyncio.wait({starting}, timeout=CANCEL_S)
        elif (error := starting.exception()) is not None:  # a worker that cannot start says so and is restarted
            self._fatal("the worker cannot start", error)
            await asyncio.Event().wait()
        else:
            log.info("worker started", stages=[stage.name for stage in self._stages])
        await stop.wait()
        log.info("worker stops", grace_s=self._settings.budgets.grace_s)
        try:
            async with asyncio.timeout(self._settings.budgets.grace_s):
                await self._stop(app)
        except BaseException as error:  # noqa: BLE001  # a stop that hangs is ended
            self._fatal("the worker did not stop within its grace", error)
        if self._fatal.reason is not None:
            await asyncio.sleep(self._settings.budgets.farewell_s + 2.0)
            return EXIT_FATAL
        log.info("worker stopped")
        return 0

    async def _start(self, app: Application) -> None:
        settings = self._settings
        for stage in self._stages:
            metrics.initialise(stage.name)
            batch_bytes = max(BATCH_BYTES, stage.max_record_bytes)
            port = KafkaPort(self._connection, settings.budgets, stage.name, self._offset.sample, batch_bytes)
            counts, outputs = await self._counts(stage, port)
            deliver = attach(app, stage, settings.concurrency, self._fatal)
            around = Surroundings(stage, port, self._clock, settings, counts, outputs, deliver)
            ownership = self._ownerships[stage.name] = Ownership(around, self._fatal)
            membership = Membership(stage, self._connection, settings, ownership)
            self._memberships.append(membership)
            self._fatal.before(membership.leave)
        await within(settings.budgets.agents_s, "starting Faust's agents", app.start())
        app.flow_control.resume()  # Faust opens its channels only after its own Kafka recovery, which is off
        if settings.health_port is not None:
            health = self._health.start(settings.health_host, settings.health_port)
            await within(settings.budgets.agents_s, f"listening for health on {settings.health_host}", health)
        watchdog = Watchdog(settings.budgets, list(self._ownerships.values()), self._fatal)
        self._spawn(watchdog.run(), "watchdog")
        await asyncio.gather(*(membership.start() for membership in self._memberships))
        for membership in self._memberships:
            self._spawn(membership.run(), "membership")
        self._health.joined = True

    async def _counts(self, stage: Stage, port: Port) -> tuple[int, dict[str, int]]:
        together = [*stage.inputs, stage.table]
        counts = await port.partition_counts(list(dict.fromkeys([*together, *stage.outputs])))
        if len({counts[topic] for topic in together}) != 1:
            told = ", ".join(f"{topic}: {counts[topic]}" for topic in together)
            raise TopicMismatch(f"inputs and table of stage {stage.name} need equal partition counts ({told})")
        return counts[stage.table], {topic: counts[topic] for topic in stage.outputs}

    async def _stop(self, app: Application) -> None:
        settle_s = self._settings.budgets.grace_s / 2
        await asyncio.gather(*(ownership.close(settle_s) for ownership in self._ownerships.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(membership.leave() for membership in self._memberships))
        await self._health.stop()
        await app.stop()

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work, name), name=name))

    async def _guard(self, work: Coroutine[object, object, None], name: str) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await work
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001  # its end is the end of the worker
                self._fatal(f"{name} failed", error)
