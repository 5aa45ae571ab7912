"""The ladder: rungs counted from awareness and back from the deadline, then overdue without end; and reminder series.

A rung is its clock, name and due time: moving the deadline makes new rungs. Everything here is a function of times,
with no `now`: the caller asks what is due until a moment, or what comes next.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count, takewhile

from pipeline.clock.policy import OVERDUE, Policy
from pipeline.clock.rules import From
from schemas.case import Rung

Reached = Collection[tuple[str, datetime]]


def rungs(
    policy: Policy, aware_at: datetime, deadline_at: datetime, until: datetime, opened_at: datetime | None = None
) -> tuple[Rung, ...]:
    """Returns every rung due at `until` or before, by due time, repeats of `overdue` included.

    `opened_at`, the first time that anybody told us or the case was opened again, leaves out the repeats before it but
    the last: a claim of long ago is overdue once, not a thousand times.
    """
    ladder = (
        Rung(clock=policy.id, name=name, due_at=due_at)
        for due_at, name in _ladder(policy, aware_at, deadline_at)
        if due_at <= until
    )
    first = _first_repeat(policy, deadline_at, opened_at)
    repeats = (_overdue(policy, deadline_at, number) for number in count(first))
    return (*ladder, *takewhile(lambda rung: rung.due_at <= until, repeats))


def next_rung(
    policy: Policy, aware_at: datetime, deadline_at: datetime, reached: Reached, opened_at: datetime | None = None
) -> Rung:
    """Returns the earliest rung not `reached` (name, due time); there always is one, for overdue never ends.

    Once a repeat is reached it is the one after the last: a case that is overdue for long keeps only its newest rungs.
    """
    last = _last(OVERDUE, deadline_at, policy.overdue_every, reached)
    if last < 1:
        last = 0
        for due_at, name in _ladder(policy, aware_at, deadline_at):
            if (name, due_at) not in reached:
                return Rung(policy.id, name, due_at)
    return _overdue(policy, deadline_at, max(last + 1, _first_repeat(policy, deadline_at, opened_at)))


def reminders(policy: Policy, clock: str, reminder: str, since: datetime, until: datetime) -> tuple[Rung, ...]:
    """Returns the rungs of one obligation's own series, due at `until` or before; `since` is when it arose.

    Raises KeyError if the policy has no such reminder.
    """
    rule = policy.reminders[reminder]
    series = (_reminder(clock, reminder, since + rule.first + rule.every * number) for number in count())
    return tuple(takewhile(lambda rung: rung.due_at <= until, series))


def next_reminder(
    policy: Policy, clock: str, reminder: str, since: datetime, reached: Reached, opened_at: datetime | None = None
) -> Rung:
    """Returns the rung of an obligation's series after the last one `reached`; `opened_at` as in `rungs`.

    Raises KeyError as `reminders` does.
    """
    rule = policy.reminders[reminder]
    start = since + rule.first
    first = 0 if opened_at is None else max(0, (opened_at - start) // rule.every)
    number = max(_last(reminder, start, rule.every, reached) + 1, first)
    return _reminder(clock, reminder, start + rule.every * number)


def belongs(
    policy: Policy, aware_at: datetime, deadline_at: datetime, reminder: str, name: str, due_at: datetime
) -> bool:
    """Says whether a rung (name, due time) is part of the present ladder, or of history: its deadline has moved since.

    With `reminder` it asks for that obligation's series, which arose at `deadline_at`.
    """
    if reminder:
        rule = policy.reminders[reminder]
        number = _number(deadline_at + rule.first, rule.every, due_at)
        return name == reminder and number is not None and number >= 0
    if name == OVERDUE:
        number = _number(deadline_at, policy.overdue_every, due_at)
        return number is not None and number > 0
    start = aware_at.astimezone(UTC)
    return (due_at.astimezone(UTC) - start, name) in _offsets(policy, deadline_at.astimezone(UTC) - start)


def _ladder(policy: Policy, aware_at: datetime, deadline_at: datetime) -> Iterator[tuple[datetime, str]]:
    start = aware_at.astimezone(UTC)
    return ((start + offset, name) for offset, name in _offsets(policy, deadline_at.astimezone(UTC) - start))


@lru_cache(maxsize=1024)  # nearly every case has the same span from awareness to the deadline
def _offsets(policy: Policy, span: timedelta) -> tuple[tuple[timedelta, str], ...]:
    """Returns the rungs by their time from awareness."""
    anchors = {From.AWARENESS: timedelta(0), From.DEADLINE: span}
    return tuple(sorted((anchors[rule.counted_from] + rule.offset, rule.name) for rule in policy.rungs))


def _overdue(policy: Policy, deadline_at: datetime, number: int) -> Rung:
    due_at = deadline_at.astimezone(UTC) + policy.overdue_every * number
    return Rung(policy.id, OVERDUE, due_at)


def _first_repeat(policy: Policy, deadline_at: datetime, opened_at: datetime | None) -> int:
    return 1 if opened_at is None else max(1, (opened_at - deadline_at) // policy.overdue_every)


def _reminder(clock: str, name: str, due_at: datetime) -> Rung:
    return Rung(clock, name, due_at.astimezone(UTC))


def _last(name: str, start: datetime, every: timedelta, reached: Reached) -> int:
    """Returns the number of the last repeat `reached` under that name, counted from `start` as 0; -1 for none."""
    last = -1
    for its, due in reached:
        if its == name and (number := _number(start, every, due)) is not None and number > last:
            last = number
    return last


def _number(start: datetime, every: timedelta, due_at: datetime) -> int | None:
    """Returns which repeat a due time is, counted from `start` as 0; None if it is none."""
    number, rest = divmod(due_at - start, every)
    return None if rest else number
