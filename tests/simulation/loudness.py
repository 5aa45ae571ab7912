"""Whether the alarm of each legal clock was loud enough when a world has ended: a page in time, and never silence.

The clock towards Datatilsynet and that of NIS 2 are judged alike and apart: an alert for the one does nothing for the
other, for they are two authorities (decision 014).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.alert import Alert, AlertKind, Level
from schemas.facts import FactKind
from tests.simulation.case_rules import DAY
from tests.simulation.violation import require
from tests.simulation.witness import Ticking, Witness

SLACK_S = 720.0
"""Two stations with clocks five minutes off either way, and the time that records take."""

_LAST_RUNGS = (timedelta(hours=-12), timedelta(hours=-4), timedelta(hours=-1), timedelta(0))


@dataclass(frozen=True, slots=True)
class Clocks:
    """One of the two legal clocks: its place in a case, whose alerts are its own, whom a page tells, and the rules."""

    place: int
    nis2: bool
    told: tuple[str, ...]  # design §9: DPO and decision maker of every page, and who owes the act
    in_time: str
    loud: str

    def rings(self, alert: Alert) -> bool:
        """Whether an alert is about this clock."""
        return alert.obligation.startswith("nis2_") == self.nis2


DATATILSYNETS = Clocks(
    0, False, ("dpo", "decision_maker"), "nobody is late for a page", "overdue is never silent"
)  # fmt: skip
NIS2S = Clocks(
    1, True, ("security", "dpo", "decision_maker"), "nobody is late for a page of NIS 2", "overdue NIS 2 is never silent"
)  # fmt: skip


def judge(law: Clocks, reference: str, witness: Witness, now: float) -> None:
    """Raises Violation if a page about one clock of a case was late, or if it was overdue in silence."""
    history = [seen.clock(law.place) for seen in witness.history[reference]]
    if not any(one.running for one in history):
        return
    alerts = [one for one in witness.alerts[reference] if one.level is Level.PAGE and law.rings(one)]
    _paged_in_time(law, reference, history, alerts, witness, now)
    _overdue_is_loud(law, reference, history, alerts, witness, now)


def _paged_in_time(
    law: Clocks, reference: str, history: Sequence[Ticking], alerts: Sequence[Alert], witness: Witness, now: float
) -> None:
    for due in _page_times(history, now):
        end = done_by(witness, due, SLACK_S)
        if end > now or not _stays(history, due, end):
            continue
        begin = datetime.fromtimestamp(due - SLACK_S, UTC)
        until = datetime.fromtimestamp(end, UTC)
        facts = witness.records[reference].facts
        if any(f.kind == FactKind.ALERT_ACKNOWLEDGED and begin <= f.recorded_at <= until for f in facts):
            continue
        told = {one.role for one in alerts if one.kind is AlertKind.CASE and begin <= one.created_at <= until}
        plan = witness.plans.get(reference[:3]) or witness.plans["000"]
        wanted = {role for role in law.told if any(role == held for held in plan.delivery.roles)}
        detail = f"{reference} at {datetime.fromtimestamp(due, UTC)} told {sorted(told)}"
        require(wanted <= told, law.in_time, detail, now)


def _page_times(history: Sequence[Ticking], now: float) -> list[float]:
    """Returns when a page was due: at each of the last rungs while the clock ran."""
    found = set()
    for number, seen in enumerate(history):
        until = history[number + 1].at if number + 1 < len(history) else now
        if not seen.running or seen.deadline_at is None:
            continue
        rungs = [seen.deadline_at + offset for offset in _LAST_RUNGS]
        rungs += [seen.deadline_at + day * DAY for day in range(1, 7)]
        found |= {rung.timestamp() for rung in rungs if seen.at + SLACK_S < rung.timestamp() < until}
    return sorted(found)


def _stays(history: Sequence[Ticking], start: float, end: float) -> bool:
    """Whether the clock ran on with the same deadline from `start` to `end`."""
    relevant = [seen for seen in history if start - SLACK_S <= seen.at <= end]
    before = [seen for seen in history if seen.at < start - SLACK_S][-1:]
    every = [*before, *relevant]
    return bool(every) and all(one.running for one in every) and len({one.deadline_at for one in every}) == 1


def done_by(witness: Witness, at: float, slack_s: float) -> float:
    """Returns when what was due `at` must be done: after the slack, counted anew from the end of every outage."""
    end = at + slack_s
    moved = True
    while moved:
        moved = False
        for start, stop in witness.outages:
            if start < end and stop + slack_s > end and stop > at - slack_s:
                end, moved = stop + slack_s, True
    return end


def _overdue_is_loud(
    law: Clocks, reference: str, history: Sequence[Ticking], alerts: Sequence[Alert], witness: Witness, now: float
) -> None:
    """While a case is overdue somebody hears of it at least once a day."""
    pages = sorted(one.created_at.timestamp() for one in alerts)
    for number, seen in enumerate(history):
        until = history[number + 1].at if number + 1 < len(history) else now
        if not seen.running or seen.deadline_at is None:
            continue
        since = max(seen.at, seen.deadline_at.timestamp())
        heard = pages[bisect_left(pages, since - SLACK_S) : bisect_right(pages, until)]
        for at, following in zip([since, *heard], [*heard, until], strict=True):
            limit = done_by(witness, at + DAY.total_seconds(), SLACK_S)
            detail = f"{reference} heard of nothing from {datetime.fromtimestamp(at, UTC)}"
            require(following <= limit, law.loud, detail, now)
