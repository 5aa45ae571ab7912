"""The quick way up: when only time has passed, a case's rungs change, its demands and its next wake-up; nothing else.

Casework hears of facts a few times a day and of time a hundred thousand times in a bad second. So a due row is not
decoded into a record and projected anew (over a millisecond), but amended in place, by the ladder's own rules. Whatever
is not plainly of that kind takes the long way; a property test holds the two to the same row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from pipeline.cases import ladder
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.cut import cut
from pipeline.cases.minting import RungFact, rung_fact
from pipeline.cases.union import BODIES_KEPT
from pipeline.clock.policy import ON_THE_LADDER, Policy
from schemas.case import ObligationName, Status


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


def climb(row: bytes, now: datetime, catalogue: Catalogue) -> Climbed | None:
    """Returns the row of a case after every rung due at `now` (aware, UTC); None where `work` has to be asked."""
    parts = cut(row)
    if parts is None or parts.last_at >= now:
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
    opened_at = datetime.fromisoformat(case["opened_at"])
    runs = _series([_clock(one) for one in case["clocks"]], owed, catalogue, opened_at, safety=safety)
    if runs is None:
        return None
    due, wake_at = ladder.ahead(runs, steps, now)
    if not due or wake_at is None or len(steps) + len(due) > BODIES_KEPT:
        return None
    facts = sorted(rung_fact(case["reference"], opened_at, rung, now) for rung in due)
    steps += [one.step for one in facts]
    demands = _demands(case["demands"], runs, steps, {rung.clock for rung in due})
    changed = parts.put(wake_at, demands, [one.encoded for one in facts])
    return Climbed(changed, case["reference"], case["municipality"], facts)


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
    before: list[dict[str, Any]], runs: Sequence[ladder.Series], steps: Sequence[ladder.Step], moved: set[str]
) -> list[bytes]:
    """Returns what every series asks for now: a new demand where a rung was reached, the same one elsewhere."""
    found: list[bytes] = []
    for run in runs:
        if run.clock not in moved:
            found += [orjson.dumps(one) for one in before if one["clock"] == run.clock]
        elif (asked := ladder.asked(run, steps)) is not None:
            found.append(orjson.dumps(asked._asdict(), option=orjson.OPT_UTC_Z))
    return found
