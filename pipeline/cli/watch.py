"""`brudvagt watch`: the open cases as they move, with what arrives and whom it reaches, until Ctrl-C."""

import asyncio
import contextlib
from datetime import timedelta

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.portfolio import Portfolio
from pipeline.cli.screen import Screen
from pipeline.kafka.reading import Tail, read_topics
from schemas.case import CaseRecord, Status

TICK_S = 0.5
RECENT = timedelta(minutes=10)
"""What happened longer ago is in the table and not told as news."""


@click.command()
@click.option("--municipality", "-m", help="Only this kommunekode, such as 657.")
@click.option("--all", "everything", is_flag=True, help="Closed and absorbed cases too.")
@pass_installation
def watch(installation: Installation, municipality: str | None, everything: bool) -> None:
    """Watch the open cases live, those with the least time left first, until Ctrl-C."""

    def wanted(case: CaseRecord) -> bool:
        return (everything or case.status is Status.OPEN) and municipality in (None, case.municipality)

    with contextlib.suppress(KeyboardInterrupt), Screen(wanted) as screen:
        asyncio.run(_follow(installation, screen))


async def _follow(installation: Installation, screen: Screen) -> None:
    portfolio, clock = Portfolio(installation.topics), installation.clock
    async with Tail(installation.connection, portfolio.watched) as tail:  # opened first: nothing falls in between
        for seen in await read_topics(installation.connection, portfolio.watched):
            portfolio.take(seen)
        portfolio.news[:] = [
            (at, line) for at, line in portfolio.news if at is not None and clock.datetime() - at < RECENT
        ]
        screen.open(portfolio, clock.datetime())
        while True:
            screen.show(portfolio, clock.datetime())
            for seen in await tail.more(wait_s=TICK_S):
                portfolio.take(seen)
