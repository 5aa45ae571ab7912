"""The quick way up: when only time has passed, a case's rungs change, its demands and its next wake-up; nothing else.

Casework hears of facts a few times a day and of time a hundred thousand times in a bad second. So a due row is not
decoded into a record and projected anew (over a millisecond), but amended in place, by the ladder's own rules. Whatever
is not plainly of that kind takes the long way; a property test holds the two to the same row. What it takes to climb is
known before the time has come, so an idle worker looks it up ahead (`foresee`) and only writes it down then (`reach`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from pipeline.cases import ladder
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.cut import cut, put
from pipeline.cases.minting import Moment, RungAhead, RungFact, late, late_from_us, moment, rung_ahead, rung_id
from pipeline.cases.union import BODIES_KEPT
from pipeline.clock.policy import ON_THE_LADDER, Policy
from schemas.case import ObligationName, Status

UNREACHED: Final = -1.0
"""The lateness of a rung that nobody has reached yet."""


class Clock(NamedTuple):
    """A legal clock as the ladder needs it. Its times carry Python's own UTC, whose comparison costs a third."""

    policy: str
    policy_hash: str
    aware_at: datetime
    deadline_at: datetime
    stopped_by: str | None


class Owed(NamedTuple):
    """An open obligation as the ladder needs it."""

    name: ObligationName
    role: str
    since: datetime
    settled_by: str | None = None


class Climbed(NamedTuple):
    """A row with its due rungs in it, and the facts of those."""

    row: bytes
    reference: str
    municipality: str
    facts: list[RungFact]


class Late(NamedTuple):
    """A demand of a rung that nobody has reached yet: all of it but how late it is, its last field."""

    encoded: bytes
    from_us: int

    def at(self, now: Moment) -> bytes:
        """Returns what is asked for once the rung is reached `now`."""
        return b'%b,"lateness_s":%b}' % (self.encoded, orjson.dumps(late(self.from_us, now)))


class Foreseen(NamedTuple):
    """What becomes of a row at the rungs that are due at one time: all that does not depend on when they are reached."""

    reference: str
    municipality: str
    last_at: datetime  # when its newest fact was recorded
    rungs: list[RungAhead]  # by the id of the fact
    demands: list[bytes | Late]
    cut_at: slice
    wake_at: float  # when the next rung after them is due, unix seconds


def climb(row: bytes, now: datetime, catalogue: Catalogue) -> Climbed | None:
    """Returns the row of a case after every rung due at `now` (aware, UTC); None where `work` has to be asked."""
    seen = foresee(row, now, catalogue)
    return None if seen is None else reach(row, seen, now)


def foresee(row: bytes, until: datetime, catalogue: Catalogue) -> Foreseen | None:
    """Returns what the rungs due at `until` or before will make of the row; None where that is for `work` to say."""
    parts = cut(row)
    if parts is None or parts.last_at >= until:
        return None  # a fact from a clock ahead of this one: where the new ones stand is for the union to say
    case, steps = parts.head, parts.steps
    if case.get("projected_by") != catalogue.mark or case["status"] != Status.OPEN:
        return None  # other code or data may see something else in the same facts
    owed = _owed(case["obligations"])
    safety = False
    if any(one.name is ObligationName.INFORM_SUBJECTS for one in owed):
        if (told := parts.safety()) is None:
            return None
        safety = told
    reference, opened_at = case["reference"], datetime.fromisoformat(case.get("reopened_at") or case["opened_at"])
    runs = _series([_clock(one) for one in case["clocks"]], owed, catalogue, opened_at, safety=safety)
    if runs is None:
        return None
    due, wake_at = ladder.ahead(runs, steps, until)
    if not due or wake_at is None or len(steps) + len(due) > BODIES_KEPT:
        return None
    rungs = sorted((rung_id(reference, rung), rung) for rung in due)
    steps += [ladder.Step(rung.clock, rung.name, rung.due_at, until, UNREACHED) for _, rung in rungs]
    demands = _demands(case["demands"], runs, steps, {rung.clock for rung in due}, opened_at)
    ahead = [rung_ahead(fact_id, reference, opened_at, rung) for fact_id, rung in rungs]
    return Foreseen(reference, case["municipality"], parts.last_at, ahead, demands, parts.demands, wake_at)


def reach(row: bytes, seen: Foreseen, now: datetime) -> Climbed | None:
    """Returns `row`, of which `seen` was foreseen, with those rungs reached `now`; None if that came too late or early."""
    at = moment(now)
    if seen.last_at >= now or seen.wake_at <= now.timestamp() or any(rung.due_us > at.at_us for rung in seen.rungs):
        return None
    facts = [rung.reached(at) for rung in seen.rungs]
    asked = [one if isinstance(one, bytes) else one.at(at) for one in seen.demands]
    changed = put(row, seen.cut_at, seen.wake_at, asked, [one.encoded for one in facts])
    return Climbed(changed, seen.reference, seen.municipality, facts)


def _clock(read: dict[str, Any]) -> Clock:
    return Clock(
        read["policy"],
        read["policy_hash"],
        datetime.fromisoformat(read["aware_at"]),
        datetime.fromisoformat(read["deadline_at"]),
        read.get("stopped_by"),
    )


def _series(
    clocks: Sequence[Clock], owed: list[Owed], catalogue: Catalogue, opened_at: datetime, *, safety: bool
) -> list[ladder.Series] | None:
    """Returns every run of rungs, the law's first; None where this installation does not know a clock's policy."""
    known = [_policy(one, catalogue.policies) for one in clocks]
    if not known or None in known or len(known) > 2:
        return None
    assert known[0] is not None
    runs = ladder.series(clocks[0], known[0], owed, opened_at=opened_at, safety=safety)
    for second in clocks[1:]:
        runs += ladder.beside(second, catalogue.policies, owed, opened_at=opened_at)
    return runs


def _policy(clock: Clock, policies: Sequence[Policy]) -> Policy | None:
    for one in policies:
        if one.hash == clock.policy_hash and one.id == clock.policy:
            return one
    return None


def _owed(obligations: list[dict[str, Any]]) -> list[Owed]:
    """Returns the open ones; of those on the ladder the first, for the ladder asks for no other."""
    found, asked = list[Owed](), False
    for one in obligations:
        if one.get("settled_by") is not None:
            continue
        name = _NAMES[one["name"]]
        if name in ON_THE_LADDER:
            if asked:
                continue
            asked = True
        found.append(Owed(name, one["role"], datetime.fromisoformat(one["since"])))
    return found


_NAMES = {str(name): name for name in ObligationName}


def _demands(
    before: list[dict[str, Any]], runs: Sequence[ladder.Series], steps: Sequence[ladder.Step], moved: set[str],
    opened_at: datetime,
) -> list[bytes | Late]:  # fmt: skip
    """Returns what every series asks for: a new demand where a rung is reached, the same one elsewhere."""
    found: list[bytes | Late] = []
    for run in runs:
        if run.clock not in moved:
            found += [orjson.dumps(one) for one in before if one["clock"] == run.clock]
        elif (asked := ladder.asked(run, steps)) is not None:
            found.append(_encoded(asked, opened_at))
    return found


def _encoded(asked: ladder.Asked, opened_at: datetime) -> bytes | Late:
    told: dict[str, object] = asked._asdict()
    if asked.lateness_s != UNREACHED:
        return orjson.dumps(told, option=orjson.OPT_UTC_Z)
    del told["lateness_s"]
    return Late(orjson.dumps(told, option=orjson.OPT_UTC_Z)[:-1], late_from_us(asked.rung_due_at, opened_at))
