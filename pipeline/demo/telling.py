"""When a moment of the story is told: its hour has come, and who acts has seen what it builds on.

People act on what they see: on a case that is there, after the answer to the act before, when somebody has rung. On a busy
machine the hours alone do not say so: two acts that lie two shown hours apart came within milliseconds of each other, on two
partitions, and the case was to be closed before the person concerned was told: refused, and rightly.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from pipeline.demo.board import Board
from pipeline.demo.events import Moment
from pipeline.kafka.sending import Position


class Telling:
    """The moments that are still to be told, and which acts have no answer yet."""

    def __init__(self, moments: Sequence[Moment], start: datetime) -> None:
        """Takes the story in order of time; `start` is the shown time of its hour 0."""
        self.untold = list(moments)
        self._start = start
        self._told: dict[str, list[Position]] = {}  # acts by case

    def due(self, board: Board, now: datetime) -> Moment | None:
        """Returns the next moment to tell at `now` (shown time), or None. One that waits holds back no other case."""
        answered = {(one.topic, one.partition, one.offset) for one in board.receipts}
        waiting: set[str] = set()
        for moment in self.untold:
            if self._start + timedelta(hours=moment.hour) > now:
                return None
            case = about(moment)
            if case is None or (case not in waiting and self._is_seen(board, moment, case, answered)):
                return moment
            waiting.add(case)
        return None

    def told(self, moment: Moment, position: Position) -> None:
        """Notes that a moment now lies at `position`."""
        self.untold.remove(moment)
        if (case := about(moment)) is not None:
            self._told.setdefault(case, []).append(position)

    def _is_seen(self, board: Board, moment: Moment, case: str, answered: set[Position]) -> bool:
        rung = moment.rung_for is None or any(one.alert.role == moment.rung_for for one in board.sent(case))
        return case in board.cases and rung and answered.issuperset(self._told.get(case, ()))


def about(moment: Moment) -> str | None:
    """Returns the case on which somebody acts; None for a report, which waits for nothing."""
    return str(orjson.loads(moment.value)["data"]["reference"]) if moment.topic == "actions" else None
