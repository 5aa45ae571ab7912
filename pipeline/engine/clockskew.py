"""This machine's clock against the broker's: every deadline is told by the one and every receipt by the other."""

from collections import deque
from typing import Final

import structlog

from pipeline.engine import metrics

log = structlog.get_logger("pipeline.engine")

SHOWN_S: Final = 30.0
"""Above this the offset is logged as a warning; the metric shows it always (design §5)."""

PAGED_S: Final = 300.0
"""Above this operations are paged: an alarm may come minutes late."""

SAMPLES: Final = 5
"""A transactional input shows its records late by up to a transaction; the smallest of a few is the clock."""


class ClockOffset:
    """Takes samples of `local - broker` in seconds and shows the smallest of the last few."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=SAMPLES)
        self._told = False
        metrics.CLOCK_OFFSET.set(0.0)

    @property
    def seconds(self) -> float:
        """The present estimate, 0 without samples; above 0 this machine's clock is ahead."""
        return min(self._samples, key=abs, default=0.0)

    def sample(self, local_minus_broker_s: float) -> None:
        """Takes one sample from a record that was just written."""
        self._samples.append(local_minus_broker_s)
        offset = self.seconds
        metrics.CLOCK_OFFSET.set(offset)
        if len(self._samples) < SAMPLES or abs(offset) <= SHOWN_S:
            self._told = self._told and abs(offset) > SHOWN_S
        elif not self._told:
            self._told = True
            tell = log.error if abs(offset) > PAGED_S else log.warning
            tell("this machine's clock is off the broker's", offset_s=round(offset, 1))
