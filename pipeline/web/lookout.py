"""Whether the page can do its work: it looks at the cases of its own accord, as each person's look would.

An alarm stands on it: a page that answers, and shows nobody a case, is as good as away.
"""

from typing import Final, Protocol

from pipeline.bystander import Watch
from pipeline.web.caselog import KafkaUnreachable
from pipeline.web.metrics import SEES_CASES

LOOK_EVERY_S: Final = 15.0
AGAIN_S: Final = 1.0
"""After a look that was not answered: what has just started, or come back, is soon known to be well."""


class Looked(Protocol):
    """What is looked at."""

    async def look(self) -> None:
        """Returns when every partition was read to its end. Raises KafkaUnreachable."""


async def keep_looking(cases: Looked, watch: Watch, every_s: float = LOOK_EVERY_S) -> None:
    """Looks again and again until the watch is to stop; ready means that the last look was answered in time.

    Raises what ended the reader behind the page: without it no case will ever be shown again.
    """
    try:
        while not watch.stop.is_set():
            try:
                await cases.look()
                watch.ready = True
            except KafkaUnreachable:
                watch.ready = False
            SEES_CASES.set(watch.ready)
            await watch.pause(every_s if watch.ready else min(AGAIN_S, every_s))
    finally:
        watch.ready = False
        SEES_CASES.set(0)
