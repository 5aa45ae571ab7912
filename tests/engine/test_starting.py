"""Starts that hang: Kafka takes the connection and never says a word, or Faust never comes back. Both have an end."""

import asyncio
import socket
import time
from pathlib import Path

from pipeline.engine.fatal import EXIT_FATAL
from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.scene import Scene


async def test_a_worker_that_is_told_to_stop_while_it_starts_ends_at_once(tmp_path: Path) -> None:
    """A supervisor gives 30 s and then kills; without an answer the start alone would take longer, and end with 70."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scene = Scene(f"127.0.0.1:{silent.getsockname()[1]}", tmp_path)
        worker = scene.start()
        try:
            accepted, _ = await asyncio.to_thread(silent.accept)  # it has begun
            began = time.monotonic()
            assert await worker.stop() == 0
            assert time.monotonic() - began < 25
            accepted.close()
        finally:
            worker.kill()
    assert [line["event"] for line in worker.events("worker stopped")] == ["worker stopped"]


async def test_a_start_of_faust_that_hangs_ends_the_worker_in_words(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """Its agents never start, and it swallows its cancellation too: exit 70 with what was waited for and how long."""
    scene = Scene(broker.bootstrap, tmp_path)
    await kafka_tools.create_toy_topics(broker.bootstrap, scene.prefix)
    worker = scene.start(start_hangs=True)
    try:
        assert await worker.ended() == EXIT_FATAL
    finally:
        worker.kill()
    (last,) = worker.events("worker ends with exit status 70")
    assert (last["reason"], last["detail"]) == (
        "the worker cannot start", "starting Faust's agents was not done within 0.5 s",
    )  # fmt: skip
