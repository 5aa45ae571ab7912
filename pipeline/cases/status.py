"""Where a case stands. An end holds until something arises that somebody has to do: then the case is open again.

What is told after a case was closed or absorbed opens it for good. So does, for as long as it is owed, a duty that was
not there at the end, or what a later word takes back: a protected address found, a filing withdrawn, a decision to tell
the persons (decision 020). What was owed at the end is excused by a closing as no breach, until a high risk is found or
the controller treats the case as a breach after all; what was owed in an absorbed case is the other's to do.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pipeline.cases.duties import Duties
from pipeline.cases.kinds import last_of, of_kinds
from pipeline.cases.risk import last_word
from schemas.actions import Outcome
from schemas.case import Obligation, ObligationName, Status
from schemas.facts import MACHINE, REPORTS, Fact, FactKind

_TOLD = frozenset(str(kind) for kind in REPORTS)
_OPENS_NOTHING = MACHINE - {FactKind.CASE_ABSORB_REQUESTED}
_NOT_IN_THE_WAY = frozenset({ObligationName.ACKNOWLEDGE, ObligationName.ADVISE})

Seen = Callable[[tuple[Fact, ...]], Duties]
"""What the case asked for when these were its facts."""


class Standing(NamedTuple):
    """Where a case stands, and of an open one that had ended since when it is open again."""

    status: Status
    reopened_at: datetime | None


def in_the_way(owed: Iterable[Obligation]) -> list[Obligation]:
    """Returns what is still owed and keeps a case from being closed; acknowledging and advising do not."""
    return [one for one in owed if one.settled_by is None and one.name not in _NOT_IN_THE_WAY]


def standing(facts: tuple[Fact, ...], now: Duties, seen: Seen) -> Standing:
    """Returns where a reported case with these ordered facts stands, which ask for `now`."""
    end = _end(facts)
    if end is None:
        return Standing(Status.OPEN, None)
    place = bisect_right(facts, end.recorded_at, key=_recorded)  # what came in the same millisecond came before
    absorbed, later = _is_absorbed(facts[:place]), facts[place:]
    if not any(fact.kind in _TOLD for fact in facts[:place]):
        return Standing(Status.OPEN, None)  # an act that waited for its report ends nothing
    then = seen(facts[:place])
    told = next((at for at, fact in enumerate(later, place) if fact.kind in _TOLD), None)
    if told is None and not _arisen(then, now, facts, end, absorbed=absorbed):
        return Standing(Status.ABSORBED if absorbed else Status.CLOSED, None)
    until = len(facts) if told is None else told
    opened_at = None if told is None else facts[told].recorded_at
    for at in range(until, place, -1):  # back to the fact that brought what has been there ever since
        if facts[at - 1].kind in _OPENS_NOTHING:
            continue
        before = facts[:at]
        if not _arisen(then, now if at == len(facts) else seen(before), before, end, absorbed=absorbed):
            break
        opened_at = facts[at - 1].recorded_at
    return Standing(Status.OPEN, opened_at)


def _end(facts: Sequence[Fact]) -> Fact | None:
    """Returns the last closing or absorption; asking to be absorbed ends nothing."""
    ends = of_kinds(facts, (FactKind.CASE_CLOSED, FactKind.CASE_ABSORBED))
    return next((one for one in reversed(ends) if one.body.get("closing") != "duplicate_of"), None)


def _is_absorbed(facts: Sequence[Fact]) -> bool:
    """Whether the end of these facts is that of an absorbed case: a closing after the absorption changes nothing of it."""
    absorbed = last_of(facts, FactKind.CASE_ABSORBED)
    return absorbed is not None and not any(one.recorded_at > absorbed.recorded_at for one in of_kinds(facts, _TOLD))


def _recorded(fact: Fact) -> datetime:
    return fact.recorded_at


def _arisen(then: Duties, now: Duties, facts: Sequence[Fact], end: Fact, *, absorbed: bool) -> bool:
    """Whether something is to be done of what has come since the end."""
    known, left = {one.name for one in in_the_way(then.owed)}, in_the_way(now.owed)
    if any(one.name not in known for one in left):
        return True
    if absorbed:
        return _earlier(then, now)
    if any(clock.stopped_by is None for clock in now.clocks):
        return True  # no case is closed while a clock of it runs
    return bool(left) and _outweighed(facts, end)


def _earlier(then: Duties, now: Duties) -> bool:
    """Whether a clock that runs on another case was corrected to an earlier deadline here: nobody has told that case."""
    pairs = zip(then.clocks, now.clocks, strict=False)
    return any(clock.stopped_by is None and clock.deadline_at < was.deadline_at for was, clock in pairs)


def _outweighed(facts: Sequence[Fact], closing: Fact) -> bool:
    """Whether somebody has found a high risk since, or the controller has treated the case as a breach."""
    judged = last_word(facts)
    if judged is not None and judged.recorded_at > closing.recorded_at and judged.body["outcome"] == Outcome.HIGH_RISK:
        return True
    for fact in of_kinds(facts, (FactKind.CONTROLLER_DECIDED, FactKind.NOTIFICATION_SUBMITTED)):
        tells = "yes" in (fact.body.get("notify_authority"), fact.body.get("inform_subjects"))
        files = fact.kind == FactKind.NOTIFICATION_SUBMITTED and fact.body.get("kind") != "withdrawal"
        if fact.recorded_at > closing.recorded_at and (tells or files):
            return True
    return False
