"""How fast the story is told: 72 hours in 100 seconds, in more on a machine that is slower or busy."""

from datetime import timedelta
from typing import Final

SHOWN: Final = timedelta(days=3)
TOLD_IN_S: Final = 100.0
USUAL_START_S: Final = 12.0
"""So long starting Kafka and making the topics takes at most on a machine with two cores of its own; 6 s were seen."""

SLOWEST: Final = 5.0
"""At a load of 25 on two cores everything took four times as long, and a page of the story's first hours came a day late."""


def slowness(start_s: float) -> float:
    """Returns how many times longer the story takes on a machine that needed `start_s` real seconds to start Kafka."""
    return min(SLOWEST, max(1.0, start_s / USUAL_START_S))


def speed(start_s: float) -> float:
    """Returns the shown seconds in a real one."""
    return SHOWN / timedelta(seconds=TOLD_IN_S * slowness(start_s))
