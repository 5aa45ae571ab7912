"""`brudvagt watch`: the open cases as they move, with what arrives and whom it reaches, until Ctrl-C."""

import asyncio
import contextlib
import signal
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

    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError), Screen(wanted) as screen:
        asyncio.run(_follow(installation, screen))


def _until_interrupted() -> asyncio.Event:
    """Returns what Ctrl-C sets, besides cancelling the task that asks: in Python 3.11 `asyncio.wait_for`, which aiokafka
    uses, can swallow a cancellation that meets a result, and the watch would go on.
    """
    interrupted, task = asyncio.Event(), asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        interrupted.set()
        task.cancel()

    with contextlib.suppress(NotImplementedError):  # Windows: asyncio's own handling
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
    return interrupted


async def _follow(installation: Installation, screen: Screen) -> None:
    portfolio, clock, interrupted = Portfolio(installation.topics), installation.clock, _until_interrupted()
    async with Tail(installation.connection, portfolio.watched) as tail:  # opened first: nothing falls in between
        for seen in await read_topics(installation.connection, portfolio.watched):
            portfolio.take(seen)
        portfolio.news[:] = [
            (at, line) for at, line in portfolio.news if at is not None and clock.datetime() - at < RECENT
        ]
        screen.open(portfolio, clock.datetime())
        while not interrupted.is_set():
            screen.show(portfolio, clock.datetime())
            for seen in await tail.more(wait_s=TICK_S):
                portfolio.take(seen)
