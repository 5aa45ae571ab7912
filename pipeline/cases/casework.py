"""What casework does with a case: add facts, climb due rungs, answer senders, ask other cases. Pure; time passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from pipeline.cases import ladder
from pipeline.cases.absorption import answer_absorption, ask_absorption
from pipeline.cases.answers import duplicate, refusal, reused, settled
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.kinds import of_kind
from pipeline.cases.minting import rung_reached
from pipeline.cases.projection import AWAITED_FOR, open_obligations, project
from pipeline.cases.settled import Closing
from pipeline.cases.union import union
from schemas.case import CaseRecord, Rung, Status
from schemas.facts import REPORTS, Fact, FactKind
from schemas.receipt import Problem, Receipt


@dataclass(slots=True)
class Change:
    """What one piece of work on one case comes to. `record` is None when the case is to be forgotten."""

    record: CaseRecord | None
    changed: bool = False
    facts: list[Fact] = field(default_factory=list)  # for other cases, to the facts topic
    receipts: list[Receipt] = field(default_factory=list)
    refused: list[tuple[Fact, Problem]] = field(default_factory=list)  # dead letters


def work(record: CaseRecord | None, new: Sequence[Fact], now: datetime, catalogue: Catalogue) -> Change:
    """Returns what `new` facts and the time `now` (aware, UTC) make of a case; `new` may be empty when a timer is due.

    The time used is never behind the broker's time on the facts: a slow local clock holds back no opening alert.
    """
    now = max([now, *(fact.recorded_at for fact in new)])
    change = Change(record)
    for told, run in groupby(new, key=lambda fact: fact.kind in REPORTS):
        facts = list(run)
        while facts and not (told and change.record is not None and change.record.status is not Status.AWAITED):
            _take(change, facts.pop(0), catalogue)
        if facts and change.record is not None:
            _take_reports(change, change.record, facts, catalogue)
    if change.record is not None:
        _climb(change, now, catalogue)
    return change


def _take_reports(change: Change, record: CaseRecord, reports: Sequence[Fact], catalogue: Catalogue) -> None:
    """Takes many reports of a reported case at once: a flood is judged once, not once for each."""
    taken: list[Fact] = []
    for fact in reports:
        problem = refusal(record, fact)
        if _is_known(record, fact) or any(fact.fact_id == one.fact_id for one in taken):
            change.receipts += duplicate(fact)
            taken.append(fact)  # a copy that tells of an earlier time counts
        elif problem is not None:
            change.refused.append((fact, problem))
            change.receipts += settled(fact, problem)
        else:
            change.receipts += settled(fact, None, reused((*record.facts, *taken), fact))
            taken.append(fact)
    before = (record.facts, record.trimmed)
    after = union(*before, taken)
    if after != before:
        change.record, change.changed = project(*after, catalogue), True


def _take(change: Change, fact: Fact, catalogue: Catalogue) -> None:
    record = change.record
    if record is not None and _is_known(record, fact):
        after = _add(change, fact, catalogue)  # a copy that tells of an earlier time counts; any other changes nothing
        change.receipts += duplicate(_other_copy(record, after, fact) if record.status is Status.AWAITED else fact)
        return
    if record is not None and record.status is Status.AWAITED and fact.kind in REPORTS:
        change.record = None
        for one in (fact, *record.facts):  # acts that waited are judged now, as if they came after the report
            _take(change, one, catalogue)
        return
    problem = refusal(record, fact)
    if problem is not None:
        change.refused.append((fact, problem))
        change.receipts += settled(fact, problem)
        return
    if fact.kind == FactKind.CASE_ABSORB_REQUESTED:
        answer, accepted = answer_absorption(record, fact)
        change.facts.append(answer)
        if not accepted:
            return
    if fact.kind == FactKind.CASE_ERASED:
        change.record, change.changed = None, True
        change.receipts += settled(fact, None)
        return
    flags = reused(() if record is None else record.facts, fact)
    now = _add(change, fact, catalogue)
    if now.status is not Status.AWAITED:
        change.receipts += settled(fact, None, flags)
    change.facts += ask_absorption(now, fact)


def _other_copy(before: CaseRecord, after: CaseRecord, fact: Fact) -> Fact:
    """Returns the copy of a waiting fact that was not kept: the kept one is answered when the case is judged."""
    waiting = next((one for one in before.facts if one.fact_id == fact.fact_id), fact)
    return waiting if fact in after.facts else fact


def _is_known(record: CaseRecord, fact: Fact) -> bool:
    return any(fact.fact_id == one.fact_id for one in record.facts) or fact.fact_id in record.trimmed.get(fact.kind, ())


def _add(change: Change, fact: Fact, catalogue: Catalogue) -> CaseRecord:
    """Unites `fact` into the case; where that changes nothing, the record stays as it is and is not written."""
    before = ((), {}) if change.record is None else (change.record.facts, change.record.trimmed)
    after = union(*before, [fact])
    if change.record is None or after != before:
        change.record, change.changed = project(*after, catalogue), True
    return change.record


def _climb(change: Change, now: datetime, catalogue: Catalogue) -> None:
    """Adds a fact for every rung that is due; one that was missed is recorded too, with how late it is."""
    record = change.record
    assert record is not None
    if record.status is Status.OPEN and record.wake_at is None:  # an earlier version let it sleep
        change.record = record = project(record.facts, record.trimmed, catalogue)
        change.changed = True
    if record.wake_at is None or record.wake_at > now.timestamp():
        return
    if record.status is Status.AWAITED:
        problem = Problem(
            code="unknown_case",
            path="/data/reference",
            reason="nobody has reported a case with this reference",
            remedy="check the reference in the alert, and send the act again",
        )
        expired = [fact for fact in record.facts if fact.recorded_at + AWAITED_FOR <= now]
        for fact in expired:
            change.refused.append((fact, problem))
            change.receipts += settled(fact, problem)
        waiting = [fact for fact in record.facts if fact not in expired]
        change.record, change.changed = project(waiting, {}, catalogue) if waiting else None, True
        return
    due = due_rungs(record, now, catalogue)
    asked_from = record.asked_from if record.settled is None else now  # a reminder to close is never late
    reached = [rung_reached(record.reference, asked_from, rung, now) for rung in due]
    facts, trimmed = union(record.facts, record.trimmed, reached)
    change.record, change.changed = project(facts, trimmed, catalogue), True


def due_rungs(record: CaseRecord, now: datetime, catalogue: Catalogue) -> list[Rung]:
    """Returns every rung of a case that is due at `now` and not recorded yet, of every series that is alive."""
    climbed = ladder.steps(of_kind(record.facts, FactKind.RUNG_REACHED))
    if record.settled is not None:
        return ladder.ahead([Closing(record.settled.since, catalogue.unclosed_every)], climbed, now).due
    clock = record.clocks[0]
    policy = next(
        policy for policy in catalogue.policies if policy.id == clock.policy and policy.hash == clock.policy_hash
    )
    safety = record.assessment is not None and record.assessment.safety
    runs = ladder.series(clock, policy, open_obligations(record), opened_at=record.asked_from, safety=safety)
    for second in record.clocks[1:]:
        runs += ladder.beside(second, catalogue.policies, open_obligations(record), opened_at=record.asked_from)
    return ladder.ahead(runs, climbed, now).due
