"""From happenings to the lines of a picture: alerts of one moment to one person together, repeats counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.cases.due import Law
from pipeline.foresight.danish import alerted, sentence
from pipeline.foresight.happenings import Alerted, ClockSet, Happening, Judged, RungReached

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when first, what, and how often it comes again until when."""

    at: datetime
    what: Happening
    text: str
    again: int = 0
    last_at: datetime | None = None


def lines(happenings: Iterable[Happening]) -> list[Line]:
    """Returns the lines of one case in order of time.

    The same alert to the same person (a reminder, a further round) counts as a repeat of its first line.
    """
    found: list[Line] = []
    place: dict[Key, int] = {}
    for group in _moments(happenings):
        first = group[0]
        if not isinstance(first, Alerted):
            found.append(Line(first.at, first, sentence(first)))
            continue
        together = tuple(one for one in group if isinstance(one, Alerted))
        key = (*_to(first), first.rung, frozenset(one.obligation for one in together))
        if key in place:
            index = place[key]
            found[index] = replace(found[index], again=found[index].again + 1, last_at=first.at)
        else:
            place[key] = len(found)
            found.append(Line(first.at, first, alerted(together)))
    return found


def shown(happenings: Sequence[Happening], reference: str) -> list[Happening]:
    """Returns what belongs to one case, and what belongs to none."""
    return [one for one in happenings if one.reference in (reference, None)]


def deadlines(happenings: Iterable[Happening]) -> list[ClockSet]:
    """Returns each law's clock as it stands last, the breach's first."""
    last = {one.law: one for one in happenings if isinstance(one, ClockSet)}
    return [last[law] for law in Law if law in last]


def outcome(happenings: Iterable[Happening]) -> Judged | None:
    """Returns the risk as it is held last."""
    return next((one for one in reversed(list(happenings)) if isinstance(one, Judged)), None)


def _moments(happenings: Iterable[Happening]) -> list[list[Happening]]:
    """Groups alerts of one moment, person, level and fate; the ladder's rungs and everything else stand alone."""
    groups: list[list[Happening]] = []
    open_groups: dict[Key, list[Happening]] = {}
    seen: set[Key] = set()
    for one in happenings:
        if isinstance(one, RungReached):
            same = (one.at, one.law, one.clock == one.rung, one.rung if one.clock != one.rung else "")
            if same in seen:
                continue  # several obligations' reminders at one moment are one line
            seen.add(same)
        if not isinstance(one, Alerted):
            groups.append([one])
            continue
        key = (one.at, *_to(one))
        if key not in open_groups:
            open_groups[key] = []
            groups.append(open_groups[key])
        open_groups[key].append(one)
    return groups


def _to(one: Alerted) -> Key:
    return one.level, one.fate, one.role, one.local_id, one.channel
