"""Side effects after a commit, and the results that come back into a later transaction of the same partition.

They live in memory only: when the partition or the process is lost, so are they, and the timer that the handler
committed beside its intention is the repeat.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipeline.engine.budgets import CANCEL_S

Effect = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of one side effect: the key it was started under, and its result or the exception it raised."""

    key: bytes
    result: object


class Effects:
    """The side effects of one partition: at most `limit` run at once, the others wait in order."""

    def __init__(self, *, limit: int, timeout_s: float, on_done: Callable[[], None]) -> None:
        self._limit = limit
        self._timeout_s = timeout_s
        self._on_done = on_done
        self._waiting: deque[tuple[bytes, Effect]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._done: deque[Completion] = deque()

    @property
    def running(self) -> int:
        """How many run or wait."""
        return len(self._running) + len(self._waiting)

    @property
    def finished(self) -> int:
        """How many results wait for a transaction."""
        return len(self._done)

    def start(self, key: bytes, effect: Effect) -> None:
        """Starts one, or queues it behind the limit; call it only after the commit."""
        self._waiting.append((key, effect))
        self._fill()

    def take(self, limit: int) -> list[Completion]:
        """Returns at most `limit` finished ones, in the order they finished."""
        return [self._done.popleft() for _ in range(min(limit, len(self._done)))]

    async def settle(self, timeout_s: float) -> None:
        """Waits until nothing runs, `timeout_s` at most: a clean stop keeps the results of what was under way."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._running and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def cancel(self) -> None:
        """Cancels all: the partition is somebody else's now, and so are its side effects."""
        self._waiting.clear()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CANCEL_S)

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._limit:
            key, effect = self._waiting.popleft()
            task = asyncio.create_task(self._run(key, effect))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _run(self, key: bytes, effect: Effect) -> None:
        result: object
        try:
            async with asyncio.timeout(self._timeout_s):
                result = await effect()
        except Exception as error:  # noqa: BLE001  # whatever it is, the handler of the completion judges it
            result = error
        self._done.append(Completion(key, result))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fill()
            self._on_done()
