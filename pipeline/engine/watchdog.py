"""The watchdog: a handler that never ends, a rebalance that never ends, an event loop that stands still."""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence

from pipeline.engine.budgets import Budgets
from pipeline.engine.fatal import EXIT_FATAL
from pipeline.engine.ownership import Fatal, Ownership


class Watchdog:
    """Looks once a second at every owned partition, and from a thread at the event loop itself."""

    def __init__(
        self, budgets: Budgets, ownerships: Sequence[Ownership], fatal: Fatal, end: Callable[[int], object] = os._exit
    ) -> None:
        self._budgets, self._ownerships, self._fatal, self._end = budgets, ownerships, fatal, end
        self._beat = time.monotonic()
        self._stopped = threading.Event()

    async def run(self) -> None:
        """Watches until cancelled; brings the gauges up to date on the way."""
        threading.Thread(target=self._watch_loop, name="watchdog", daemon=True).start()
        try:
            while True:
                self._beat = time.monotonic()
                self.look()
                await asyncio.sleep(1.0)
        finally:
            self._stopped.set()

    def look(self) -> None:
        """Looks once at every partition; ends the process when one is stuck."""
        now, budgets = time.monotonic(), self._budgets
        for ownership in self._ownerships:
            ownership.observe()
            for number, partition in ownership.partitions.items():
                if partition.current is not None and now - partition.since > budgets.work_s:
                    self._fatal(f"work on {partition.stage.name}[{number}] is stuck for {budgets.work_s:g} s", None)
            if (held := ownership.overheld(budgets.held_s)) is not None:
                self._fatal(f"partition {held} is held by a rebalance for over {budgets.held_s:g} s", None)

    def _watch_loop(self) -> None:
        # A thread, because nothing on the loop can notice that the loop stands still. A resumed zombie ends here too.
        while not self._stopped.wait(1.0):
            if time.monotonic() - self._beat > self._budgets.blocked_s:
                sys.stderr.write(f"event loop blocked for {self._budgets.blocked_s:g} s: exit status {EXIT_FATAL}\n")
                faulthandler.dump_traceback(sys.stderr)
                self._end(EXIT_FATAL)
                return
