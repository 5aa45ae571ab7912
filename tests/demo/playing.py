"""The demonstration's story played to the stages' own handlers, and what an outside reader then finds in the topics."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import structlog.testing

from pipeline.demo.__main__ import LAST_HOUR
from pipeline.demo.board import Board
from pipeline.demo.events import BEGINNING, Moment
from pipeline.demo.story import moments
from pipeline.kafka.records import Seen
from pipeline.settings import Settings
from schemas.alert import AlertKind
from schemas.delivery import Delivery, DeliveryStatus
from schemas.values import Role
from tests.delivery.world import World
from tests.simulation.runs import context
from tests.simulation.simulation import TOPICS
from tests.simulation.station import PARTITIONS, Log

END = BEGINNING + timedelta(hours=LAST_HOUR)


def story() -> list[Moment]:
    """Returns the story as the demonstration tells it, with the people of the shipped plans."""
    plans = context().plans
    return moments(lambda code, role: f"{role}:{plans[code].holders(Role(role))[0]}", BEGINNING)


class Stage:
    """A world in which the story is told, and the board that follows it. Every alert reaches its person at once."""

    def __init__(self) -> None:
        self.world, self.board = World(BEGINNING.timestamp(), Settings()), Board(TOPICS)
        self.world.stations = [one for one in self.world.stations if one.name != "delivery"]
        for topic in (TOPICS.receipts, TOPICS.deadletters):
            self.world.logs |= {(topic, number): Log(topic, number) for number in range(PARTITIONS)}
        self._read: dict[tuple[str, int], int] = {}

    def tell(self, moment: Moment, partition: int = 0) -> tuple[str, int, int]:
        """Somebody reports or acts now; returns where the record lies."""
        topic = TOPICS.reports if moment.topic == "reports" else TOPICS.actions
        record = self.world.logs[topic, partition].append(None, moment.value, self.world.now)
        return topic, partition, record.offset

    def until(self, at: datetime) -> None:
        """Lets time pass to `at`, doing what is due, and shows the board what came of it."""
        with structlog.testing.capture_logs():
            asyncio.run(self.world.until(at.timestamp()))
        for place, log in self.world.logs.items():
            for one in log.records[self._read.get(place, 0) :]:
                self.board.take(
                    Seen(one.topic, one.partition, one.offset, one.timestamp_ms, one.key, one.value, tuple(one.headers))
                )
            self._read[place] = len(log.records)
        for alert in self.board.alerts.values():
            if alert.kind is not AlertKind.GONE and alert.alert_id not in self.board.deliveries:
                self.board.deliveries[alert.alert_id] = Delivery(
                    alert=alert, status=DeliveryStatus.SENT, sent_at=alert.created_at
                )

    @property
    def now(self) -> datetime:
        """The world's time."""
        return datetime.fromtimestamp(self.world.now, UTC)


def played(say: Sequence[Moment] | None = None, *, change: Callable[[Moment], Moment] = lambda one: one) -> Board:
    """Returns the board at the end of a story that was told in time; `say` instead of the demonstration's own."""
    stage = Stage()
    for moment in story() if say is None else say:
        stage.until(BEGINNING + timedelta(hours=moment.hour))
        stage.tell(change(moment))
    stage.until(END)
    return stage.board


def mails_of(board: Board, folder: Path) -> Path:
    """Writes a mail for every alert that was sent, named as the sink's mails are; returns the folder."""
    folder.mkdir()
    for delivery in board.deliveries.values():
        mail = EmailMessage()
        mail["Subject"], mail["Message-ID"] = "Brudvagt", f"<{delivery.alert.alert_id}@brudvagt.example>"
        mail.set_content("Der er noget at gøre.")
        (folder / f"{delivery.alert.alert_id}.eml").write_bytes(mail.as_bytes())
    return folder
