"""A case on which nothing is owed asks to be closed, as often as it should and no oftener; the DPO or a deputy reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.alert import Level
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.values import Role
from tests.simulation.alert_rules import ALWAYS_AWAKE, DIGEST_AT
from tests.simulation.calendar import DANISH, awake
from tests.simulation.loudness import SLACK_S, done_by
from tests.simulation.violation import require
from tests.simulation.witness import Witness

EVERY = timedelta(hours=30)
"""In these worlds, which last six days; an installation waits for weeks (`deploy/retention.yaml`)."""
BEFORE_DIGEST = timedelta(minutes=15)
DAY = timedelta(days=1)


def judge(case: CaseRecord, witness: Witness, now: float) -> None:
    """Raises Violation if an open case on which nothing is owed was asked about too seldom or too often by `now`."""
    if case.settled is None:
        return
    since = max(fact.recorded_at for fact in case.facts if str(fact.by.role) != "machine")
    every = [
        datetime.fromisoformat(str(fact.body["due_at"]))
        for fact in case.facts
        if fact.kind == FactKind.RUNG_REACHED and fact.body["rung"] == "unclosed"
    ]
    recorded = sorted(due for due in every if due > since)
    wanted = list(_due(since, now, witness))
    detail = f"{case.reference}, settled since {since}, has {recorded}"
    for due in wanted:  # a reminder of before that overtook the last act counts: the next is as long after it
        met = any(due - EVERY < one <= due for one in recorded)
        require(met, "a settled case asks to be closed", f"{detail} and none for {due}", now)
    most = (datetime.fromtimestamp(now + SLACK_S, UTC) - since) // EVERY + 1
    require(len(recorded) <= most, "a settled case is quiet in between", detail, now)
    told = [one for one in witness.alerts[case.reference] if one.obligation == "unclosed"]
    require(
        len(told) <= len(every), "a reminder to close is told once", f"{case.reference}: {len(told)} of {every}", now
    )
    quiet = all(one.level is Level.DIGEST for one in told)
    require(quiet, "a case that can be closed wakes nobody", f"{case.reference}: {[one.level for one in told]}", now)
    plan = witness.plans.get(case.municipality) or witness.plans["000"]
    if case.crowded or not any(plan.holders(role) for role in (Role.DPO, Role.DEPUTY)):
        return
    for due in wanted[:1]:
        if (by := _read_by(due, case.municipality, witness, now)) is not None:
            met = any(since < one.created_at <= by for one in told)
            require(met, "somebody is told that a case can be closed", f"{detail}, and nobody was told by {by}", now)


def _due(since: datetime, now: float, witness: Witness) -> Iterator[datetime]:
    """Yields when reminders fell due that must have been made by `now`, counted anew from the end of every outage."""
    at = since + EVERY
    while done_by(witness, at.timestamp(), SLACK_S) <= now:
        yield at.astimezone(UTC)
        at += EVERY


def _read_by(due: datetime, municipality: str, witness: Witness, now: float) -> datetime | None:
    """Returns the first digest after `due` that no outage held up, when it was over; None if it is still to come."""
    day = due.astimezone(DANISH).date()
    while True:
        digest = datetime(day.year, day.month, day.day, *DIGEST_AT, tzinfo=DANISH).astimezone(UTC)
        begins, over = (digest - BEFORE_DIGEST).timestamp() - SLACK_S, digest.timestamp() + SLACK_S
        if over > now:
            return None
        held = any(start < over and stop + SLACK_S > begins for start, stop in witness.outages)
        opens = municipality in ALWAYS_AWAKE or awake(digest)
        if opens and not held and begins >= due.timestamp():
            return datetime.fromtimestamp(over, UTC)
        day += DAY
