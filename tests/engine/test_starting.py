"""A worker whose Kafka takes the connection and never says a word: told to stop, it stops."""

import asyncio
import socket
import time
from pathlib import Path

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
            assert time.monotonic() - began < 10
            accepted.close()
        finally:
            worker.kill()
    assert [line["event"] for line in worker.events("worker stopped")] == ["worker stopped"]
