"""The timeline as text for a terminal: one block per case, one line per thing, times as Danes read them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pipeline.clock.localtime import WEEKDAYS, deadline_form, duration_form
from pipeline.foresight.danish import by, word
from pipeline.foresight.foresee import Foreseen
from pipeline.foresight.happenings import Acted, Alerted, ClockSet, ClockStopped, Happening, Refused, RungReached, Told
from pipeline.foresight.timeline import Line, deadlines, lines, outcome, shown
from schemas.alert import Level
from schemas.times import COPENHAGEN

_HOUR = timedelta(hours=1)
_BAR = 60
_DAY_LETTERS = 2


def text(foreseen: Foreseen) -> Iterator[str]:
    """Yields the lines of the whole picture."""
    if not foreseen.references:
        yield from (f"{_when(one.at)}  {one.text}" for one in lines(foreseen.happenings))
    for number, reference in enumerate(foreseen.references):
        if number:
            yield ""
        yield from _case(foreseen, reference)


def mark(one: Happening) -> str:
    """Returns the sign in front of a line."""
    match one:
        case Told():
            return "●"
        case ClockSet() | ClockStopped():
            return "◷"
        case RungReached():
            return "┬"
        case Alerted(level=Level.PAGE):
            return "‼"
        case Alerted():
            return "→"
        case Acted():
            return "✓"
        case Refused():
            return "✗"
    return "·"


def _case(foreseen: Foreseen, reference: str) -> Iterator[str]:
    found = shown(foreseen.happenings, reference)
    clocks, held = deadlines(found), outcome(found)
    name = foreseen.world.plan(reference[:3]).name
    yield f"Sag {reference} · {name}" + ("" if held is None else f" · {word('outcomes', held.outcome)}")
    for clock in clocks:
        yield f"Frist{by(clock.law)}: {deadline_form(clock.deadline_at)}"
    if clocks:
        yield bar(foreseen, found, clocks)
    for line in lines(found):
        yield f"{_when(line.at)} {_since(line.at - foreseen.start):>8}  {mark(line.what)} {line.text}{_again(line)}"


def bar(foreseen: Foreseen, found: list[Happening], clocks: Sequence[ClockSet]) -> str:
    """Returns the whole stretch on one line: rungs `┬`, pages `‼`, alerts `→`, acts `✓`, deadlines `┃`."""
    length = max(foreseen.end - foreseen.start, _HOUR)
    cells = ["─"] * _BAR
    rank = "─→┬‼✓●┃"
    for one in found:
        sign = mark(one)
        place = min(_BAR - 1, int((one.at - foreseen.start) / length * _BAR))
        if sign in rank and rank.index(sign) > rank.index(cells[place]):
            cells[place] = sign
    for at in (clock.deadline_at for clock in clocks):
        if foreseen.start <= at <= foreseen.end:
            cells[min(_BAR - 1, int((at - foreseen.start) / length * _BAR))] = "┃"
    return f"0 t {''.join(cells)} {length / _HOUR:g} t   ┃ frist  ┬ trin  ‼ haster  → besked  ✓ handling"


def _when(at: datetime) -> str:
    local = at.astimezone(COPENHAGEN)
    return f"{WEEKDAYS[local.weekday()][:_DAY_LETTERS]} {local:%d.%m.%Y %H.%M}"


def _since(length: timedelta) -> str:
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    return f"+{hours}.{minutes:02} t"


def _again(line: Line) -> str:
    if not line.again or line.last_at is None:
        return ""
    times = "1 gang" if line.again == 1 else f"{line.again} gange"
    return f" (igen {times}, sidst efter {duration_form(line.last_at - line.at)})"
