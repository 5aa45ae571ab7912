"""Room for a few attempts at once on one channel, so that a server that hangs holds up nothing but its own channel."""

import asyncio
from datetime import datetime

from pipeline.delivery.channels.channel import Channel
from pipeline.delivery.outcome import Error, Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

ROOM = 8
"""Attempts of one channel at once in one worker. The engine runs 32 side effects of a partition at once: three channels
that all hang leave a quarter of them free."""

LONGEST_WAIT_S = 5.0
"""Eight at once of a server that answers in 50 ms are 160 mails a second: who has waited this long meets one that hangs."""


class Lane:
    """A channel and its room."""

    def __init__(self, channel: Channel, room: int = ROOM) -> None:
        self._channel = channel
        self._room = asyncio.Semaphore(room)

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime, wait_s: float) -> Outcome:
        """Attempts delivery once there is room; returns `crowded`, with nothing attempted, if there is none within
        `wait_s` real seconds (at most LONGEST_WAIT_S).
        """
        try:
            async with asyncio.timeout(min(wait_s, LONGEST_WAIT_S)):
                await self._room.acquire()
        except TimeoutError:
            return Outcome(Error.CROWDED)
        try:
            return await self._channel.send(alert, to, text, at)
        finally:
            self._room.release()
