"""What must hold when a world has ended: every record answered, every deadline right, every page in time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from pipeline.cases.projection import project
from pipeline.cases.union import union
from schemas.alert import AlertKind, Level
from schemas.case import CaseRecord, Status
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome
from tests.simulation import incident_rules
from tests.simulation.case_rules import DAY, HOURS
from tests.simulation.violation import require
from tests.simulation.witness import Seen, Witness

SLACK_S = 720.0
"""Two stations with clocks five minutes off either way, and the time that records take."""

CAP = timedelta(hours=24)
_LAST_RUNGS = (timedelta(hours=-12), timedelta(hours=-4), timedelta(hours=-1), timedelta(0))
_TOLD_ON_PAGE = ("dpo", "decision_maker")
_MOVES = frozenset({FactKind.AWARENESS_CORRECTED, FactKind.CASE_ABSORB_REQUESTED})


def judge(witness: Witness, now: float, rng: Random) -> None:
    """Raises Violation for the first broken rule of a world that has come to rest at `now`."""
    _answered(witness, now)
    signals, signs = _signals(witness), incident_rules.signs_of(witness)
    for reference, record in witness.records.items():
        if record.status is Status.AWAITED:
            continue
        _right_deadline(record, signals.get(reference), now, erased=reference in witness.erased)
        if reference not in witness.erased:
            signal = datetime.fromtimestamp(signals[reference][0], UTC)
            incident_rules.judge(record, signs.get(reference, []), signal, now)
        _any_order(record, witness, rng, now)
        _paged_in_time(reference, witness, now)
        _overdue_is_loud(reference, witness, now)


def _answered(witness: Witness, now: float) -> None:
    for position, (at, one) in witness.arrivals.items():
        got = [receipt.outcome for receipt in witness.receipts.get(position, [])]
        require(
            len(got) == 1,
            "every record has one outcome",
            f"{one.door}{position} of {datetime.fromtimestamp(at, UTC)} has {got}: {one.value[:300]!r}",
            now,
        )


def _signals(witness: Witness) -> dict[str, tuple[float, float]]:
    """Returns for each case the earliest signal and the earliest time of the broker, from what was sent to it."""
    found: dict[str, tuple[float, float]] = {}
    for position, (at, one) in witness.arrivals.items():
        if one.door != "reports":
            continue
        earliest = min([at, *(claim for claim in one.claims if claim <= at)])
        for receipt in witness.receipts[position]:
            if receipt.outcome is IngressOutcome.REJECTED:
                earliest = at
            for reference in receipt.references:
                signal, broker = found.get(reference, (at, at))
                found[reference] = (min(signal, earliest), min(broker, at))
    return found


def _right_deadline(record: CaseRecord, known: tuple[float, float] | None, now: float, *, erased: bool) -> None:
    assert known is not None
    signal, broker = (datetime.fromtimestamp(at, UTC) for at in known)
    deadline = record.clocks[0].deadline_at
    detail = f"{record.reference} has {deadline}, the first signal was {signal}"
    if erased:  # a person had it forgotten, its first signal too: what came after counts from its own
        return
    if not any(fact.kind in _MOVES for fact in record.facts):
        require(deadline == signal + HOURS, "the deadline is 72 hours after the first signal", detail, now)
    latest = max(signal + CAP, broker) + HOURS
    require(deadline <= latest, "no correction moves a deadline beyond its cap", detail, now)


def _any_order(record: CaseRecord, witness: Witness, rng: Random, now: float) -> None:
    """Any order, any repetition and any split of the facts gives the same case."""
    facts = [*record.facts, *rng.choices(record.facts, k=3)]
    rng.shuffle(facts)
    cut = rng.randint(0, len(facts))
    some, trimmed = union((), record.trimmed, facts[:cut])
    every, trimmed = union(facts[cut:], trimmed, some)
    again = project(every, trimmed, witness.catalogue)
    require(again == record, "the facts in any order give the same case", record.reference, now)


def _paged_in_time(reference: str, witness: Witness, now: float) -> None:
    for due in _page_times(witness.history[reference], now):
        end = _settled(witness, due, SLACK_S)
        if end > now or not _stays(witness.history[reference], due, end):
            continue
        begin = datetime.fromtimestamp(due - SLACK_S, UTC)
        until = datetime.fromtimestamp(end, UTC)
        facts = witness.records[reference].facts
        if any(f.kind == FactKind.ALERT_ACKNOWLEDGED and begin <= f.recorded_at <= until for f in facts):
            continue
        told = {
            alert.role
            for alert in witness.alerts[reference]
            if alert.level is Level.PAGE and alert.kind is AlertKind.CASE and begin <= alert.created_at <= until
        }
        plan = witness.plans.get(reference[:3]) or witness.plans["000"]
        wanted = {role for role in _TOLD_ON_PAGE if any(role == held for held in plan.delivery.roles)}
        require(
            wanted <= told,
            "nobody is late for a page",
            f"{reference} at {datetime.fromtimestamp(due, UTC)} told {sorted(told)}",
            now,
        )


def _page_times(history: Sequence[Seen], now: float) -> list[float]:
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


def _stays(history: Sequence[Seen], start: float, end: float) -> bool:
    """Whether the clock ran on with the same deadline from `start` to `end`."""
    relevant = [seen for seen in history if start - SLACK_S <= seen.at <= end]
    before = [seen for seen in history if seen.at < start - SLACK_S][-1:]
    every = [*before, *relevant]
    return bool(every) and all(one.running for one in every) and len({one.deadline_at for one in every}) == 1


def _settled(witness: Witness, at: float, slack_s: float) -> float:
    """Returns when what was due `at` must be done: after the slack, counted anew from the end of every outage."""
    end = at + slack_s
    moved = True
    while moved:
        moved = False
        for start, stop in witness.outages:
            if start < end and stop + slack_s > end and stop > at - slack_s:
                end, moved = stop + slack_s, True
    return end


def _overdue_is_loud(reference: str, witness: Witness, now: float) -> None:
    """While a case is overdue somebody hears of it at least once a day."""
    history = witness.history[reference]
    pages = sorted(one.created_at.timestamp() for one in witness.alerts[reference] if one.level is Level.PAGE)
    for number, seen in enumerate(history):
        until = history[number + 1].at if number + 1 < len(history) else now
        if not seen.running or seen.deadline_at is None:
            continue
        since = max(seen.at, seen.deadline_at.timestamp())
        heard = pages[bisect_left(pages, since - SLACK_S) : bisect_right(pages, until)]
        for at, following in zip([since, *heard], [*heard, until], strict=True):
            limit = _settled(witness, at + DAY.total_seconds(), SLACK_S)
            require(
                following <= limit,
                "overdue is never silent",
                f"{reference} heard of nothing from {datetime.fromtimestamp(at, UTC)}",
                now,
            )
