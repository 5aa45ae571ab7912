"""How commands print: JSON for programs, tables for people, Danish times."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from schemas.times import COPENHAGEN

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
"""The option that every command which prints data has."""


def print_json(data: object) -> None:
    """Prints one JSON document; times as ISO 8601."""
    click.echo(json.dumps(data, default=str, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Prints a table, or the sentence `empty` if there are no rows."""
    filled = list(rows)
    if not filled:
        click.echo(empty)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in filled:
        table.add_row(*row)
    Console().print(table)


def local(at: datetime | None) -> str:
    """Returns a time as Danes write it, in Danish time: `20-11-2026 15.45`; a dash for none."""
    return "–" if at is None else at.astimezone(COPENHAGEN).strftime("%d-%m-%Y %H.%M")


def left(deadline: datetime | None, now: datetime) -> str:
    """Returns how much time is left in Danish: `47 t 12 min`, or `overskredet 3 t 5 min`; a dash without a deadline."""
    if deadline is None:
        return "–"
    minutes = int((deadline - now).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{hours} t {rest} min" if minutes >= 0 else f"overskredet {hours} t {rest} min"
