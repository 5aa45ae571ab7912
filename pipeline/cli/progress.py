"""A line on standard error that shows how far a long command is, how fast, and how long it still takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from pipeline.backup.progress import Progress


class Rate(ProgressColumn):
    """So many a second of what the step counts; nothing before two looks."""

    def render(self, task: Task) -> Text:
        """Returns the rate in words."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def shown(console: Console | None = None) -> Iterator[Progress]:
    """Yields what a long command tells its progress: one line for each step. Where nobody looks on, in a timer's log for
    one, nothing is written.
    """
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Rate(), TimeRemainingColumn())
    # Standard output is the command's answer, and stays where it was sent to
    with Bars(*columns, console=console, disable=not console.is_terminal, redirect_stdout=False) as bars:
        steps: dict[str, TaskID] = {}

        def told(step: str, done: int, whole: int) -> None:
            if step not in steps:
                for earlier in steps.values():
                    bars.stop_task(earlier)
                steps[step] = bars.add_task(step, total=whole)
            bars.update(steps[step], completed=done, total=whole)

        yield told
