"""How far a long command is, as a terminal shows it."""

import io

from rich.console import Console

from pipeline.cli.progress import shown


def said(*, terminal: bool) -> str:
    """Returns what two steps of a restore write."""
    out = io.StringIO()
    with shown(Console(file=out, force_terminal=terminal, width=120)) as progress:
        for done in (0, 500, 1_000):
            progress("rows written", done, 1_000)
        progress("offsets read back", 2_000, 4_000)
    return out.getvalue()


def test_each_step_has_its_share_its_rate_and_the_time_left() -> None:
    """The first is done, the second half done."""
    text = said(terminal=True)
    assert all(part in text for part in ("rows written", "100%", "/s", "offsets read back", "50%", "0:00:00"))


def test_where_nobody_looks_on_nothing_is_written() -> None:
    """A timer's log would be full of bars."""
    assert said(terminal=False).strip() == ""
