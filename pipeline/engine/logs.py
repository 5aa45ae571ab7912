"""A brake for loggers that repeat themselves: an outage makes aiokafka log about a thousand lines a second."""

import logging
import time
from collections.abc import Callable


class RateLimit(logging.Filter):
    """Lets `burst` records of one place in the code through per `window_s`, and tells how many it held back.

    Attach it to a handler, not to a logger: a logger's filters do not see the records of its children.
    """

    def __init__(self, burst: int = 5, window_s: float = 10.0, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._burst, self._window_s, self._now = burst, window_s, now
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tells whether a record passes; the first one of a new window names those held back before it."""
        place, now = (record.pathname, record.lineno), self._now()
        since, count = self._seen.get(place, (now, 0))
        if now - since >= self._window_s:
            if (held_back := count - self._burst) > 0:
                record.msg = f"{record.getMessage()} [{held_back} more like this held back]"
                record.args = ()
            since, count = now, 0
        self._seen[place] = (since, count + 1)
        return count < self._burst
