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
from pipeline.cases.minting import rung_reached
from pipeline.cases.union import BODIES_KEPT
from pipeline.clock.policy import ON_THE_LADDER, Policy
from schemas.case import ObligationName, Status
from schemas.facts import Fact, FactKind


class Clock(NamedTuple):
    """A legal clock as the ladder needs it. Its times carry Python's own UTC, whose comparison costs a third."""

    policy: str
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
    facts: list[Fact]


def climb(row: bytes, now: datetime, catalogue: Catalogue) -> Climbed | None:
    """Returns the row of a case after every rung due at `now` (aware, UTC); None where `work` has to be asked."""
    case: dict[str, Any] = orjson.loads(row)
    if case.get("projected_by") != catalogue.mark or case.get("status") != Status.OPEN or case.get("trimmed"):
        return None  # other code or data may see something else in the same facts
    if len(case["clocks"]) > 1:
        return None  # rare: a second clock has rungs of its own
    legal = case["clocks"][0]
    policy = _policy(legal["policy"], legal["policy_hash"], catalogue)
    steps = [
        ladder.step(fact["body"], datetime.fromisoformat(fact["recorded_at"]))
        for fact in case["facts"]
        if fact["kind"] == FactKind.RUNG_REACHED
    ]
    if policy is None or datetime.fromisoformat(case["facts"][-1]["recorded_at"]) >= now:
        return None  # a fact from a clock ahead of this one: where the new ones stand is for the union to say
    clock = Clock(
        legal["policy"],
        datetime.fromisoformat(legal["aware_at"]),
        datetime.fromisoformat(legal["deadline_at"]),
        legal.get("stopped_by"),
    )
    owed = _owed(case["obligations"])
    opened_at, safety = datetime.fromisoformat(case["opened_at"]), case["assessment"]["safety"]
    runs = ladder.series(clock, policy, owed, opened_at=opened_at, safety=safety)
    due, wake_at = ladder.ahead(runs, steps, now)
    if not due or wake_at is None or len(steps) + len(due) > BODIES_KEPT:
        return None
    facts = [rung_reached(case["reference"], opened_at, rung, now) for rung in due]
    facts.sort(key=lambda fact: fact.fact_id)
    steps += ladder.steps(facts)
    case["wake_at"] = wake_at
    case["demands"] = _demands(case["demands"], runs, steps, {rung.clock for rung in due})
    case["facts"] += [orjson.Fragment(fact.encode()) for fact in facts]
    return Climbed(orjson.dumps(case), case["reference"], case["municipality"], facts)


def _policy(policy_id: str, policy_hash: str, catalogue: Catalogue) -> Policy | None:
    return next((one for one in catalogue.policies if one.hash == policy_hash and one.id == policy_id), None)


def _owed(obligations: list[dict[str, Any]]) -> list[Owed]:
    """Returns the open ones; of those on the ladder the first, for the ladder asks for no other."""
    found, asked = list[Owed](), False
    for one in obligations:
        if one.get("settled_by") is None and not (asked and one["name"] in ON_THE_LADDER):
            asked = asked or one["name"] in ON_THE_LADDER
            found.append(Owed(ObligationName(one["name"]), one["role"], datetime.fromisoformat(one["since"])))
    return found


def _demands(
    before: list[dict[str, Any]], runs: Sequence[ladder.Series], steps: Sequence[ladder.Step], moved: set[str]
) -> list[object]:
    """Returns what every series asks for now: a new demand where a rung was reached, the same one elsewhere."""
    found: list[object] = []
    for run in runs:
        if run.clock not in moved:
            found += [one for one in before if one["clock"] == run.clock]
        elif (demand := ladder.demand(run, steps)) is not None:
            found.append(orjson.Fragment(demand.encode()))
    return found
