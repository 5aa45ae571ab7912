"""How long ago a stage's partitions were taken over in this process."""

import time
from collections.abc import Callable, Mapping
from typing import Final

SETTLING_S: Final = 60.0
"""After a take-over overdue timers wait as long at most for what came meanwhile (the engine's own limit, real seconds)."""


class TakenOver:
    """Follows a stage's table and remembers when each partition opened."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at: dict[int, float] = {}

    def lately(self, partition: int) -> bool:
        """Whether the partition was opened less than SETTLING_S ago."""
        at = self._at.get(partition)
        return at is not None and self._monotonic() - at < SETTLING_S

    def opened(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        """Notes the moment."""
        self._at[partition] = self._monotonic()

    def changed(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        """Nothing to note."""

    def closed(self, partition: int) -> None:
        """Forgets it."""
        self._at.pop(partition, None)
