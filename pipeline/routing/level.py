"""How loud a demand is: design §9's table of levels, with the reason in a short code for the text."""

from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.clock.policy import OF_AN_INCIDENT, Policy
from schemas.actions import Outcome
from schemas.alert import Level
from schemas.case import CaseRecord, Demand, LegalClock, ObligationName

AFTER_THE_RUNG = timedelta(seconds=30)
_LOUDNESS = (Level.INFO, Level.DIGEST, Level.ACT, Level.PAGE)
_PROTECTS_PEOPLE = frozenset(
    {ObligationName.INFORM_SUBJECTS, ObligationName.RECALL, ObligationName.PROTECTED_ADDRESS_CHECK}
)
"""What a filing with the authority does not settle: high risk keeps these loud until they are done (GDPR Art. 34)."""


class Reason(StrEnum):
    """Why a demand has its level."""

    OVERDUE = "overdue"
    LITTLE_TIME = "little_time"
    LAST_REPORT = "last_report"
    HIGH_RISK = "high_risk"
    SAFETY = "safety"
    RISK = "risk"
    UNDECIDED = "undecided"
    UNLIKELY_RISK = "unlikely_risk"
    INCIDENT = "incident"


def level(case: CaseRecord, demand: Demand, policy: Policy, now: datetime) -> Level:
    """Returns how loudly `demand` is brought to a person at `now` (aware UTC). Thresholds are the policy's."""
    return level_and_reason(case, demand, policy, now)[0]


def level_and_reason(case: CaseRecord, demand: Demand, policy: Policy, now: datetime) -> tuple[Level, Reason]:
    """Returns the level and why. `page`: high risk, overdue or little time left, with neither a submission nor a
    reasoned decision; `act`: risk or undecided; `digest`: unlikely risk.

    With a protected address or a person's safety involved the plausible worst pages too. Other obligations than the
    authority's are `page` only where they protect people; a missing receipt number wakes nobody. NIS 2's final report
    is the authority's too: it has a date of its own, and little time or none is a `page` as it is before (decision 015).
    """
    clock = clock_of(case, demand)
    outcome = held_outcome(case)
    unanswered = clock is not None and clock.stopped_by is None and clock.submitted_at is None
    last = demand.obligation is ObligationName.NIS2_FINAL_REPORT  # its date runs on when the clock has stopped
    deadline = deadline_on(clock, case, demand) if unanswered or last else None
    if deadline is not None:
        if deadline <= now:
            return Level.PAGE, Reason.OVERDUE
        if deadline - now <= policy.page_within:
            return Level.PAGE, Reason.LAST_REPORT if last else Reason.LITTLE_TIME
    if (unanswered and demand.obligation not in OF_AN_INCIDENT) or demand.obligation in _PROTECTS_PEOPLE:
        if outcome is Outcome.HIGH_RISK:
            return Level.PAGE, Reason.HIGH_RISK
        if _safety_at_worst(case):
            return Level.PAGE, Reason.SAFETY
    if outcome is None:
        return Level.ACT, Reason.UNDECIDED
    if demand.obligation in OF_AN_INCIDENT:
        return Level.ACT, Reason.INCIDENT  # what it means for persons says nothing of this duty
    if outcome is Outcome.UNLIKELY_RISK:
        return Level.DIGEST, Reason.UNLIKELY_RISK
    return Level.ACT, Reason.RISK


def held_outcome(case: CaseRecord) -> Outcome | None:
    """Returns the risk that the case is held to carry: the effective one, else the machine's; None if nothing was
    judged.
    """
    if case.outcome is not None:
        return case.outcome
    if case.human_outcome is not None:
        return Outcome(case.human_outcome)
    return None if case.assessment is None else case.assessment.outcome


def clock_of(case: CaseRecord, demand: Demand) -> LegalClock | None:
    """Returns the legal clock that `demand` runs on: the one it names, else the running one that ends first.

    What NIS 2 asks for never runs on the breach's clock, which is the case's first, nor the other way round.
    """
    for clock in case.clocks:
        if clock.policy == demand.clock:
            return clock
    if demand.obligation in OF_AN_INCIDENT and len(case.clocks) > 1:
        return case.clocks[1]
    running = [clock for clock in case.clocks if clock.stopped_by is None]
    return min(running or case.clocks, key=lambda clock: clock.deadline_at, default=None)


def deadline_on(clock: LegalClock | None, case: CaseRecord, demand: Demand) -> datetime | None:
    """Returns the deadline that still runs for `demand`, whose clock it is; None once the authority has its answer or if
    there is none.

    NIS 2's final report has a date of its own, a month after the notification that stopped the clock.
    """
    if demand.obligation is ObligationName.NIS2_FINAL_REPORT:
        return next(
            (one.due_at for one in case.obligations if one.name is demand.obligation and not one.settled_by), None
        )
    return None if clock is None or clock.stopped_by is not None else clock.deadline_at


def next_change(deadline: datetime | None, policy: Policy, now: datetime) -> datetime | None:
    """Returns when time alone next makes the level louder on the way to a running deadline, so that somebody looks again.

    A moment after it: the rung of that time brings the case anew, and one alert says both.
    """
    if deadline is None:
        return None
    louder_at = (deadline - policy.page_within, deadline)
    return min((at + AFTER_THE_RUNG for at in louder_at if at + AFTER_THE_RUNG > now), default=None)


def louder(one: Level, other: Level) -> bool:
    """Whether `one` is louder than `other`."""
    return _LOUDNESS.index(one) > _LOUDNESS.index(other)


def _safety_at_worst(case: CaseRecord) -> bool:
    found = case.assessment
    return found is not None and case.human_outcome is None and found.safety and found.worst is Outcome.HIGH_RISK
