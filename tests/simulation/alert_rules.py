"""What must hold of every alert, of every postponed step, and of one look at a case."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agents.routing import Watch
from pipeline.routing.chain import Chain
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord, Status
from schemas.facts import FactKind
from tests.simulation.calendar import DANISH, awake, next_awake
from tests.simulation.violation import require

RESERVE = timedelta(hours=36)
PAGE_WITHIN = timedelta(hours=12)
SILENCE_MAX = timedelta(hours=24)
DIGEST_AT = (8, 30)
LADDER = ("acknowledge", "advise", "decide", "submit")
NIS2_STAGES = ("nis2_early_warning", "nis2_notification")
ALWAYS_AWAKE = frozenset({"000", "101"})  # the plan of last resort is read round the clock


def judge(alert: Alert, true_s: float) -> None:
    """Raises Violation if an alert is too quiet, or wakes somebody whom it must not."""
    where = f"{alert.reference} {alert.level} {alert.obligation}/{alert.rung} to {alert.recipient}"
    created, sent = alert.created_at, max(alert.created_at, alert.not_before or alert.created_at)
    local = sent.astimezone(DANISH)
    anytime = alert.municipality in ALWAYS_AWAKE
    if alert.level is Level.PAGE:
        require(alert.not_before is None, "nobody is late for a page", f"{where} waits until {local}", true_s)
    if alert.level is Level.DIGEST:
        on_time = (local.hour, local.minute) == DIGEST_AT and (anytime or awake(sent))
        require(on_time, "nobody is woken for a digest", f"{where} goes out at {local}", true_s)
    if alert.level is Level.INFO:
        require(anytime or awake(sent), "nobody is woken for information", f"{where} goes out at {local}", true_s)
    if alert.level is Level.ACT and alert.kind is AlertKind.CASE and not anytime and not awake(sent):
        short = alert.deadline_at is not None and alert.deadline_at - next_awake(sent) < RESERVE
        short = short or alert.obligation.startswith("inbound.")
        require(short, "an act that can wait wakes nobody", f"{where} goes out at {local}", true_s)
    if alert.kind is AlertKind.CASE and alert.obligation in (*LADDER, *NIS2_STAGES) and alert.deadline_at is not None:
        loud = alert.level is Level.PAGE
        left = alert.deadline_at - created
        require(loud or left > PAGE_WITHIN, "little time is a page", f"{where} with {left} left", true_s)


def judge_look(alerts: Sequence[Alert], true_s: float) -> None:
    """Raises Violation if one look at a case tells one person twice of one obligation over one channel."""
    seen: set[tuple[object, ...]] = set()
    for alert in alerts:
        if alert.kind is AlertKind.PLATFORM:
            continue
        key = (alert.reference or alert.alert_id, alert.obligation, alert.rung, alert.recipient, alert.channel)
        require(key not in seen, "one alert per person and obligation at a time", f"twice {key}", true_s)
        seen.add(key)


def judge_watch(before: Watch | None, after: Watch, clock_s: float, true_s: float) -> None:
    """Raises Violation if a step of an `act` is put off into the last hours, or a running case is watched by nobody."""
    case = after.case
    if case.status is not Status.OPEN or not case.clocks or case.clocks[0].stopped_by is not None:
        return
    deadline, now = case.clocks[0].deadline_at, datetime.fromtimestamp(clock_s, UTC)
    chains = () if after.state is None else after.state.chains
    if case.demands and not all(chain.exhausted for chain in chains):  # after the last round the next rung asks again
        require(
            after.wake_at is not None,
            "no running clock without somebody's next step",
            f"{case.reference} has no timer in routing",
            true_s,
        )
    earlier = {} if before is None or before.state is None else {_key(one): one for one in before.state.chains}
    for chain in chains:
        was = earlier.get(_key(chain))
        untold = not chain.current if was is None else chain.current == was.current and _was_due(was, now)
        if chain.level is not Level.ACT or chain.next_at is None or not untold or chain.acknowledged_until is not None:
            continue
        own = case.clocks[1 if chain.obligation.startswith("nis2_") else 0]  # a correction moves the breach's alone
        deadline = own.deadline_at
        if chain.next_at > now + timedelta(seconds=1):
            require(
                deadline - chain.next_at >= RESERVE or _silenced(after.case, chain.next_at, deadline),
                "no act is delayed into the last 36 hours",
                f"{case.reference} {chain.obligation}/{chain.rung} waits until {chain.next_at}, deadline {deadline}",
                true_s,
            )


def _silenced(case: CaseRecord, at: datetime, deadline: datetime) -> bool:
    """Whether a person has silenced the case until then: at most a day, and never into the last twelve hours."""
    asked = [fact for fact in case.facts if fact.kind == FactKind.ALERTS_SILENCED]
    ends = (min(datetime.fromisoformat(str(f.body["until"])), f.recorded_at + SILENCE_MAX) for f in asked)
    return deadline - at >= PAGE_WITHIN and any(end >= at for end in ends)


def _was_due(chain: Chain, now: datetime) -> bool:
    return chain.next_at is not None and chain.next_at <= now


def _key(chain: Chain) -> tuple[object, ...]:
    return chain.obligation, chain.clock, chain.rung, chain.rung_due_at, chain.started_at
