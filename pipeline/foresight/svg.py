"""The timeline as SVG: a row for the law and one for each person, time from left to right, nights and closed days grey.

Plain SVG 1.1 without scripts or fonts of its own; every mark has a title that a reader's pointer or software speaks.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from pipeline.clock.localtime import WEEKDAYS, deadline_form, short_form
from pipeline.foresight.danish import by, level, person
from pipeline.foresight.foresee import Foreseen
from pipeline.foresight.happenings import Acted, Alerted, Happening
from pipeline.foresight.timeline import Line, deadlines, lines, shown
from schemas.alert import Level
from schemas.times import COPENHAGEN

_LEFT, _RIGHT, _ROW, _TOP, _WIDTH = 330, 30, 26, 56, 1240
_LAW = "Sagen og loven"
_COLOURS = {Level.PAGE: "#b3261e", Level.ACT: "#1f5fa8", Level.DIGEST: "#5f6b76", Level.INFO: "#5f6b76"}
_QUIET, _INK, _LINE, _ACT, _DEADLINE = "#eceff2", "#1a1a1a", "#c3c9cf", "#1e7d46", "#b3261e"


def svg(foreseen: Foreseen) -> str:
    """Returns one drawing with a part for each case of the report."""
    parts, top = [], 0
    for reference in foreseen.references:
        drawn, height = _case(foreseen, reference)
        parts.append(f'<g transform="translate(0 {top})">{drawn}</g>')
        top += height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {max(top, _ROW)}" width="{_WIDTH}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _case(foreseen: Foreseen, reference: str) -> tuple[str, int]:
    found = shown(foreseen.happenings, reference)
    rows: dict[str, list[Line]] = {_LAW: []}
    for line in lines(found):
        rows.setdefault(_row(line.what), []).append(line)
    height, clocks = _TOP + _ROW * len(rows) + 18, deadlines(found)
    name = escape(foreseen.world.plan(reference[:3]).name)
    drawn = [f'<text x="10" y="18" font-size="15" font-weight="bold">{reference} · {name}</text>']
    drawn += _quiet(foreseen, reference, height - 18)
    named = " · ".join(f"Frist{by(one.law)}: {deadline_form(one.deadline_at)}" for one in clocks)
    drawn.append(f'<text x="10" y="36">{escape(named)}</text>')
    for clock in clocks:
        if foreseen.start <= clock.deadline_at <= foreseen.end:  # an older one would lie outside the picture
            at = _x(foreseen, clock.deadline_at)
            drawn.append(f'<path d="M{at} {_TOP - 6}V{height - 18}" stroke="{_DEADLINE}" stroke-width="2"/>')
    for number, (label, marks) in enumerate(rows.items()):
        y = _TOP + _ROW * number + _ROW // 2
        drawn.append(f'<text x="10" y="{y + 4}">{escape(label)}</text>')
        drawn.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{_LINE}"/>')
        drawn += [_mark(foreseen, line, y) for line in marks]
    return "".join(drawn), height


def _row(one: Happening) -> str:
    if isinstance(one, Alerted | Acted):
        return person(one.role, one.local_id)
    return _LAW


def _mark(foreseen: Foreseen, line: Line, y: int) -> str:
    x, said = _x(foreseen, line.at), escape(f"{short_form(line.at)}: {line.text}")
    match line.what:
        case Alerted(level=loud):
            tail = ""
            if line.last_at is not None:
                end = _x(foreseen, line.last_at)
                tail = f'<path d="M{x} {y}H{end}" stroke="{_COLOURS[loud]}" stroke-width="3" opacity="0.5"/>'
            shape = f'{tail}<circle cx="{x}" cy="{y}" r="5" fill="{_COLOURS[loud]}"/>'
            said += f" ({escape(level(loud))}, igen {line.again} gange)" if line.again else ""
        case Acted():
            shape = f'<path d="M{x - 5} {y}l4 5l7 -10" fill="none" stroke="{_ACT}" stroke-width="3"/>'
        case _:
            shape = f'<path d="M{x} {y - 8}V{y + 8}" stroke="{_INK}" stroke-width="3"/>'
    return f"<g><title>{said}</title>{shape}</g>"


def _quiet(foreseen: Foreseen, reference: str, bottom: int) -> Iterator[str]:
    """Yields the grey stretches in which only a `page` goes out, and a tick with its date for each Danish midnight."""
    hours = foreseen.world.plan(reference[:3]).hours.quiet_outside
    at, step = foreseen.start, timedelta(minutes=30)
    while at < foreseen.end:
        opening = min(hours.next_open(at), foreseen.end)
        if opening > at:
            x, end = _x(foreseen, at), _x(foreseen, opening)
            box = f'x="{x}" y="{_TOP - 6}" width="{round(end - x, 1)}" height="{bottom - _TOP + 6}"'
            yield f'<rect {box} fill="{_QUIET}"/>'
        at = max(opening, at + step)
    day = foreseen.start.astimezone(COPENHAGEN).date()
    while True:
        day += timedelta(days=1)
        midnight = datetime.combine(day, datetime.min.time(), COPENHAGEN)
        if midnight >= foreseen.end:
            return
        x = _x(foreseen, midnight)
        yield f'<text x="{x}" y="{bottom + 13}" font-size="10">{WEEKDAYS[day.weekday()][:2]} {day.day}.{day.month}.</text>'


def _x(foreseen: Foreseen, at: datetime) -> float:
    length = max(foreseen.end - foreseen.start, timedelta(hours=1))
    return round(_LEFT + (at - foreseen.start) / length * (_WIDTH - _LEFT - _RIGHT), 1)
