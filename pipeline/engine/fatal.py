"""The only way out of trouble: one critical line, a quick goodbye to the group, exit status 70."""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from pipeline.engine.about import about_error
from pipeline.engine.errors import EngineError
from pipeline.engine.trace import where

log = structlog.get_logger("pipeline.engine")

EXIT_FATAL: Final = 70
"""EX_SOFTWARE of sysexits.h: the supervisor restarts the worker with back-off."""


class FatalExit:
    """Ends the process. The first reason counts; what follows from it is not logged again."""

    def __init__(self, farewell_s: float, end: Callable[[int], object] = os._exit) -> None:
        self._farewell_s = farewell_s
        self._end = end
        self._goodbyes: list[Callable[[], Awaitable[object]]] = []
        self._task: asyncio.Task[None] | None = None
        self.reason: str | None = None

    def before(self, goodbye: Callable[[], Awaitable[object]]) -> None:
        """Adds something to try first, e.g. leaving the group so that others need not wait for the session.

        Never a producer: it may be what hangs, and the fence does not need its goodbye.
        """
        self._goodbyes.append(goodbye)

    def __call__(self, reason: str, error: BaseException | None = None) -> None:
        """Starts the end and returns; the process is gone within the farewell budget plus a second."""
        if self.reason is not None:
            return
        self.reason = reason
        # An EngineError's text is ours and names positions; any other text may quote a report.
        told = {"error": type(error).__name__, "at": where(error)} if error is not None else {}
        if isinstance(error, EngineError):
            told["detail"] = str(error)
        told |= about_error(error)
        log.critical("worker ends with exit status 70", reason=reason, **told)
        last_resort = threading.Timer(self._farewell_s + 1.0, self._end, (EXIT_FATAL,))
        last_resort.daemon = True
        last_resort.start()
        self._task = asyncio.ensure_future(self._go())

    async def _go(self) -> None:
        if self._goodbyes:
            todo = [asyncio.ensure_future(goodbye()) for goodbye in self._goodbyes]
            await asyncio.wait(todo, timeout=self._farewell_s)
        sys.stdout.flush()
        sys.stderr.flush()
        self._end(EXIT_FATAL)
