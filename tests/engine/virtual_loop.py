"""An event loop whose time is virtual: whoever sleeps is woken at once when nothing else is to be done.

So a story of minutes runs in milliseconds, and runs the same way each time: nothing in it depends on how fast a machine
is. When everything waits for something that can no longer come, it says so instead of waiting with it.
"""

import asyncio
import selectors
from dataclasses import dataclass

from pipeline.timebase import Clock


class _Leaping(selectors.DefaultSelector):
    """Passes the time instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Returns what is there; leaps over `timeout`."""
        if timeout is None:
            raise RuntimeError("everything waits for something that nobody will do")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at 0 s."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Returns the virtual time in seconds."""
        return self._leaping.now


@dataclass(frozen=True, slots=True)
class LoopClock(Clock):
    """Shows the running loop's time."""

    def now(self) -> float:
        """Returns virtual seconds."""
        return asyncio.get_running_loop().time()
