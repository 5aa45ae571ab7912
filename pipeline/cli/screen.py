"""Cases as they move: a live table on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.cli.cases import RISK_DA, STATUS_DA, by_time_left, deadline_cells
from pipeline.cli.output import local
from pipeline.cli.portfolio import Portfolio
from schemas.case import CaseRecord

LINES = 12


def every(_case: CaseRecord) -> bool:
    """Wants every case."""
    return True


class Screen:
    """`with Screen() as screen: screen.show(portfolio, now)` a few times a second."""

    def __init__(self, wanted: Callable[[CaseRecord], bool] = every) -> None:
        """Shows the cases that are `wanted`."""
        self._wanted = wanted
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

    def open(self, portfolio: Portfolio, now: datetime) -> None:
        """Shows what there is before anything moves; a live table does so by itself."""
        if self._live is None:
            Console().print(table(portfolio, now, self._wanted))

    def show(self, portfolio: Portfolio, now: datetime) -> None:
        """Shows the cases, ranked by time left, under the latest lines."""
        for at, line in portfolio.news:
            self.say(at or now, line)
        portfolio.news.clear()
        if self._live is not None:
            self._live.update(Group(Text("\n".join(self._lines)), table(portfolio, now, self._wanted)))


def table(portfolio: Portfolio, now: datetime, wanted: Callable[[CaseRecord], bool] = every) -> Table:
    """Returns the table of the cases that are wanted, as it stands."""
    shown = Table(title=f"Sager {local(now)}", title_justify="left")
    for column in ("sag", "risiko", "frist efter", "tid tilbage", "tilstand", "seneste alarm"):
        shown.add_column(column)
    for case in sorted(filter(wanted, portfolio.cases.values()), key=by_time_left):
        last = portfolio.last_alert(case.reference)
        state = STATUS_DA.get(case.status, case.status)
        if case.clocks and case.clocks[0].submitted_at is not None:
            state += ", anmeldt"
        shown.add_row(
            case.reference,
            RISK_DA.get(str(case.outcome), "–"),
            *deadline_cells(case, now)[1:],
            state,
            "–" if last is None else f"{last.alert.level} {last.alert.obligation} → {last.alert.role}",
        )
    if not shown.row_count:
        shown.add_row("ingen sager")
    return shown
