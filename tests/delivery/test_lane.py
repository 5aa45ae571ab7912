"""A channel that hangs holds up itself and nothing else, and never two mails for one."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.delivery.channels.lane import Lane
from pipeline.delivery.channels.smtp import Security, SmtpChannel, SmtpSettings
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.text import Text
from pipeline.delivery.texts import render
from pipeline.plans.plan import Channel
from schemas.alert import Alert
from tests.delivery.scene import NOW, alert
from tests.delivery.servers import Mailbox, hang, raw_server, smtp_server
from tests.routing.scene import plan

TO = Channel(name="mail", kind="smtp", address="dpo@herning.example")
TEXT = render(alert(), plan(), NOW)


@dataclass
class Gate:
    """A channel that holds every attempt until it is opened, and counts how many are inside."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)  # two are inside
    inside: int = 0
    most: int = 0
    attempts: int = 0

    async def send(self, alert: Alert, to: Channel, text: Text, at: datetime) -> Outcome:
        """Waits."""
        self.attempts += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == 2:
            self.full.set()
        await self.open.wait()
        self.inside -= 1
        return SENT


async def test_no_more_than_its_room_at_once() -> None:
    """Two inside; the third is told that it was not attempted; when there is room again all go through."""
    gate = Gate()
    lane = Lane(gate, room=2)
    held = [asyncio.create_task(lane.send(alert(), TO, TEXT, NOW, 30)) for _ in range(2)]
    await gate.full.wait()
    outcome = await lane.send(alert(), TO, TEXT, NOW, 0.05)
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.CROWDED, False, False)
    assert gate.attempts == 2
    gate.open.set()
    assert await asyncio.gather(*held) == [SENT, SENT]
    assert await asyncio.gather(*(lane.send(alert(), TO, TEXT, NOW, 30) for _ in range(9))) == [SENT] * 9
    assert gate.most == 2


async def test_a_hanging_server_leaves_the_room_to_others() -> None:
    """Forty attempts at a server that never answers are bounded by room and budget; another channel is as quick as ever."""
    mailbox = Mailbox()
    async with raw_server(hang) as stuck, smtp_server(mailbox) as port:
        dead, well = (
            Lane(
                SmtpChannel(
                    SmtpSettings("127.0.0.1", at, "a@brudvagt.example", Security.PLAIN_ON_LOOPBACK, budget_s=budget)
                )
            )
            for at, budget in ((stuck, 1.0), (port, 60.0))
        )
        waiting = [asyncio.create_task(dead.send(alert(n), TO, TEXT, NOW, 0.2)) for n in range(40)]
        assert await well.send(alert(99), TO, TEXT, NOW, 60) == SENT
        ended = {one.error for one in await asyncio.gather(*waiting)}
    assert ended == {Error.TIMEOUT, Error.CROWDED}
    assert len(mailbox.taken) == 1
