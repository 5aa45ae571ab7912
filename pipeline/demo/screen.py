"""What the demonstration shows while it runs: a live table on a terminal, plain lines elsewhere."""

import sys
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.cases.projection import due_by
from pipeline.cli.cases import LAST, RISK_DA, STATUS_DA
from pipeline.cli.output import left, local
from pipeline.demo.board import Board

LINES = 12


class Screen:
    """`with Screen() as screen: screen.show(board, now)` a few times a second."""

    def __init__(self) -> None:
        self._live = Live(console=Console(), refresh_per_second=8) if sys.stdout.isatty() else None
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, at: datetime | None, line: str) -> None:
        """Shows one line of the story, with its shown time."""
        text = f"{local(at)}  {line}" if at is not None else line
        if self._live is None:
            print(text, flush=True)
        else:
            self._lines = [*self._lines, text][-LINES:]

    def show(self, board: Board, now: datetime) -> None:
        """Shows the cases, ranked by time left, under the latest lines."""
        for at, line in board.news:
            self.say(at or now, line)
        board.news.clear()
        if self._live is not None:
            self._live.update(Group(Text("\n".join(self._lines)), table(board, now)))


def table(board: Board, now: datetime) -> Table:
    """Returns the table of cases as it stands."""
    shown = Table(title=f"Sager {local(now)}", title_justify="left")
    for column in ("sag", "risiko", "tid tilbage", "tilstand", "seneste alarm"):
        shown.add_column(column)
    for case in sorted(board.cases.values(), key=lambda one: (due_by(one) or LAST, one.reference)):
        last = board.last_alert(case.reference)
        state = STATUS_DA.get(case.status, case.status)
        if case.clocks and case.clocks[0].submitted_at is not None:
            state += ", anmeldt"
        shown.add_row(
            case.reference,
            RISK_DA.get(str(case.outcome), "–"),
            left(due_by(case), now),
            state,
            "–" if last is None else f"{last.alert.level} {last.alert.obligation} → {last.alert.role}",
        )
    return shown
