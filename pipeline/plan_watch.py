"""Looks at the contact plans' files every so often, and reads them again when they have changed: no restart."""

import threading
from collections.abc import Callable

import structlog

from pipeline import metrics
from pipeline.plans.reload import PlanBook

log = structlog.get_logger("pipeline.plans")


class PlanWatch(threading.Thread):
    """A thread of its own: reading a hundred plans takes seconds, and the loop has clocks to serve."""

    def __init__(self, book: PlanBook, every_s: float, on_change: Callable[[PlanBook], None] = lambda _: None) -> None:
        """Looks every `every_s` real seconds once started; `on_change` is called from this thread after each reading."""
        super().__init__(name="contact plans", daemon=True)
        self._book, self._every_s, self._on_change = book, every_s, on_change
        self._ended = threading.Event()
        metrics.PLANS.set(len(book))
        metrics.PLAN_FAULTS.set(0)

    def run(self) -> None:
        """Looks until `stop`."""
        while not self._ended.wait(self._every_s):
            self.look()

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._ended.set()
        self.join()

    def look(self) -> bool:
        """Reads the files again if they have changed, and says what came of it; returns whether they had."""
        try:
            if not self._book.stale():
                return False
            before = dict(self._book)
            problems = self._book.reload()
        except OSError as error:
            metrics.PLAN_FAULTS.set(1)
            log.error("the contact plans cannot be read; the ones before stay", reason=str(error))
            return False
        for problem in problems:
            log.error("a contact plan cannot be used; the one before stays", problem=str(problem))
        changed = sorted(code for code, plan in self._book.items() if before.get(code) != plan)
        metrics.PLANS.set(len(self._book))
        metrics.PLAN_FAULTS.set(len(problems))
        log.info("contact plans read again", changed=changed, faults=len(problems))
        self._on_change(self._book)
        return True
