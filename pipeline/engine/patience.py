"""Patience with transient failures: a growing pause between attempts, and an end to them."""

import time
from typing import Final

from pipeline.engine.errors import EngineError

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0
"""Short against `Budgets.rebalance_s`: a rebalance waits for the pause at most once."""


class Patience:
    """Counts the failures in a row of one partition's batch; `budget_s` in real seconds."""

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self._since = 0.0
        self._count = 0

    def failed(self, what: str) -> None:
        """Notes a failure; raises EngineError once they have lasted longer than the budget."""
        now = time.monotonic()
        if not self._count:
            self._since = now
        elif now - self._since > self._budget_s:
            raise EngineError(f"a transient failure outlasted its budget of {self._budget_s:g} s: {what}")
        self._count += 1

    def succeeded(self) -> None:
        """Forgets the failures."""
        self._count = 0

    def pause_s(self) -> float:
        """Returns how long to wait before the next attempt; 0 when nothing has failed."""
        return min(FIRST_PAUSE_S * 2 ** (self._count - 1), LONGEST_PAUSE_S) if self._count else 0.0
