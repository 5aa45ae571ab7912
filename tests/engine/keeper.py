"""Restarts a worker whenever it has ended, as a supervisor would."""

import asyncio
from collections import Counter
from collections.abc import Callable

from tests.engine.workers import ToyWorker


class Keeper:
    """Keeps one worker running; counts the exit statuses of its predecessors."""

    def __init__(self, start: Callable[[], ToyWorker]) -> None:
        self._start = start
        self.exits: Counter[int] = Counter()
        self.worker = start()
        self._task = asyncio.create_task(self._keep())

    def stop(self) -> None:
        """Kills the worker and starts no further one."""
        self._task.cancel()
        self.worker.kill()

    async def _keep(self) -> None:
        while True:
            if self.worker.status is not None:
                self.exits[self.worker.status] += 1
                self.worker = self._start()
            await asyncio.sleep(0.2)
