"""The live table of cases, drawn without a pipeline behind it."""

import io

from rich.console import Console

from pipeline.cli.portfolio import Portfolio
from pipeline.cli.screen import table
from pipeline.kafka.topics import Topics
from tests.cases.scene import T0, Desk, report
from tests.cases.test_incident import OUTAGE, incident


def drawn(desk: Desk) -> str:
    """Returns the table with one case in it, as a wide terminal shows it at T0."""
    portfolio = Portfolio(Topics(prefix="t", partitions=1))
    portfolio.cases[desk.case.reference] = desk.case
    console = Console(file=io.StringIO(), width=200)
    console.print(table(portfolio, T0))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(shown, str)
    return next(line for line in shown.splitlines() if desk.case.reference in line)


def test_a_row_says_by_which_law_its_time_runs() -> None:
    """Whoever sees 24 hours must know that they are not Datatilsynet's."""
    assert [cell.strip() for cell in drawn(Desk().take(report(T0))).split("│")][3:5] == ["GDPR", "72 t 0 min"]
    warned = Desk().take(report(T0, OUTAGE))
    assert [cell.strip() for cell in drawn(warned).split("│")][3:5] == ["NIS 2", "24 t 0 min"]
    both = warned.take(incident(T0, filed="early_warning"))
    assert [cell.strip() for cell in drawn(both).split("│")][3:5] == ["GDPR og NIS 2", "72 t 0 min"]
