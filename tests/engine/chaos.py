"""The long proof: `python -m tests.engine.chaos [REPORTS] [SEED]`, a few minutes on a Kafka of its own.

While reports stream in: kill -9 at random moments, a second worker that joins and leaves, a worker suspended past its
session, a broker killed and restarted, a broker frozen for 20 s. Then it counts. Exit status 0 only with nothing lost
and nothing doubled.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from pipeline.engine.partitioner import partition_of
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.scene import Scene
from tests.engine.workers import ToyWorker


class Keeper:
    """Restarts a worker whenever it has ended, as a supervisor would."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene, self._name = scene, name
        self.exits: Counter[int] = Counter()
        self.worker: ToyWorker = self._start()
        self.task = asyncio.create_task(self._keep())

    def _start(self) -> ToyWorker:
        return self._scene.start(self._name, max_batch=20, delay_s=0.0005)

    async def _keep(self) -> None:
        while True:
            if self.worker.status is not None:
                self.exits[self.worker.status] += 1
                self.worker = self._start()
            await asyncio.sleep(0.2)


async def stream(scene: Scene, count: int, over_s: float) -> None:
    """Sends the reports in portions over the given time; idempotent, so that an outage doubles nothing by itself."""
    producer = AIOKafkaProducer(bootstrap_servers=scene.bootstrap, enable_idempotence=True, request_timeout_ms=120_000)
    await producer.start()
    try:
        portion = 100
        for first in range(0, count, portion):
            for number in range(first, min(first + portion, count)):
                key = f"c{number // 10}".encode()
                value = orjson.dumps({"id": number, "case": key.decode(), "urgent": number % 5 == 0})
                where = partition_of(key, kafka_tools.PARTITIONS)
                await producer.send(f"{scene.prefix}-reports", value, key=key, partition=where)
            await producer.flush()
            await asyncio.sleep(over_s * portion / count)
    finally:
        await producer.stop()


async def torment(
    broker: EmbeddedKafka, thread: Executor, first: Keeper, second: Keeper, chance: random.Random
) -> Counter[str]:
    """Sixteen kills, and one of each of the rest; returns what was done."""
    acts = (
        ["kill first"] * 9
        + ["kill second"] * 7
        + ["leave and join"] * 3
        + ["suspend", "broker killed", "broker frozen"]
    )
    chance.shuffle(acts)
    for act in acts:
        await asyncio.sleep(chance.uniform(0.5, 4.0))
        sys.stdout.write(f"{act}\n")
        match act:
            case "kill first":
                first.worker.kill()
            case "kill second":
                second.worker.kill()
            case "leave and join":
                second.worker.signal(signal.SIGTERM)
            case "suspend":
                zombie = second.worker
                zombie.signal(signal.SIGSTOP)
                await asyncio.sleep(12)
                zombie.signal(signal.SIGCONT)
            case "broker killed":
                os.kill(broker.pid, signal.SIGKILL)
                await asyncio.get_running_loop().run_in_executor(thread, broker.restart)
            case "broker frozen":
                os.kill(broker.pid, signal.SIGSTOP)
                await asyncio.sleep(20)
                os.kill(broker.pid, signal.SIGCONT)
    return Counter(acts)


async def run(count: int, seed: int) -> int:
    """Runs it once; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="brudvagt-chaos-") as made:
        directory = Path(made)
        broker = EmbeddedKafka(directory / "kafka", port=0)
        with ThreadPoolExecutor(1) as thread:  # the directory's lock belongs to the thread that took it
            await asyncio.get_running_loop().run_in_executor(thread, broker.start)
            scene = Scene(broker.bootstrap, directory)
            await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix)
            began = time.monotonic()
            first, second = Keeper(scene, "first"), Keeper(scene, "second")
            try:
                sending = asyncio.create_task(stream(scene, count, 60))
                acts = await torment(broker, thread, first, second, random.Random(seed))
                await sending
                await scene.drained(180)
            finally:
                for keeper in (first, second):
                    keeper.task.cancel()
                for worker in scene.workers:
                    worker.kill()
            ids, alerts = await scene.ids(), Counter(alert["id"] for alert in await scene.alerts())
            await asyncio.get_running_loop().run_in_executor(thread, broker.stop)
    urgent = set(range(0, count, 5))
    figures = {
        "seconds": round(time.monotonic() - began),
        **acts,
        "exits": dict(first.exits + second.exits),
        "reports": count,
        "reports lost": count - len(ids),
        "reports counted twice": ids.total() - len(ids),
        "alerts": alerts.total(),
        "alerts missing": len(urgent - set(alerts)),
        "alerts doubled": alerts.total() - len(alerts),
    }
    for name, value in figures.items():
        sys.stdout.write(f"{name:24} {value}\n")
    wrong = ("reports lost", "reports counted twice", "alerts missing", "alerts doubled")
    return int(any(figures[name] for name in wrong))


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    sys.exit(asyncio.run(run(*(arguments + [20_000, 7][len(arguments) :]))))
