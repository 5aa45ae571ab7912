"""Bringing one chain up to date: start, tell the next step, wait, stop at an acknowledgement, start again, give up."""

from datetime import datetime

from pydantic import JsonValue

from pipeline.clock.policy import OF_AN_INCIDENT
from pipeline.plans.entitlement import present
from pipeline.routing.acknowledgement import latest
from pipeline.routing.alerts import EXHAUSTED, NIS2_EXHAUSTED, platform_alerts, step_alerts
from pipeline.routing.chain import Chain, Reminder, Target, Told
from pipeline.routing.found import NOTHING, Found, Raised
from pipeline.routing.level import louder, next_change
from pipeline.routing.look import Look
from pipeline.routing.remind import remind
from pipeline.routing.steps import frozen_steps, watched
from pipeline.routing.timing import digest_at, next_step, sendable_at, silenced_until
from schemas.alert import Alert, Level
from schemas.facts import FactKind


def begin(look: Look, acks_from: datetime) -> Chain:
    """Returns a fresh chain for the demand, its steps frozen, its first step due now."""
    return Chain(
        obligation=str(look.demand.obligation),
        role=look.demand.role,
        clock=look.demand.clock,
        rung=look.demand.rung,
        rung_due_at=look.demand.rung_due_at,
        level=look.level,
        steps=frozen_steps(look.plan, look.demand.role, look.level, look.demand.obligation),
        started_at=look.now,
        acks_from=acks_from,
        next_at=look.now,
        reminders=tuple(Reminder(target=target, next_at=look.now) for target in watched(look.plan, look.level)),
    )


def advance(chain: Chain, look: Look) -> tuple[Chain, Raised]:
    """Returns the chain as it should stand at `look.now`, and what had to be raised for it.

    Whatever the delay since the last look, at most one step is told: a catch-up is one alert, not twenty.
    """
    chain = _levelled(chain, look)
    told = look.acknowledgements(chain)
    stopped_until = latest(one for one in told if look.stops(chain, one)) if told else None
    if chain.acknowledged_until is not None and stopped_until is None:
        chain = begin(look, chain.acks_from)
    chain = chain.having(
        acknowledged_until=stopped_until, acknowledged_by=tuple(sorted({one.local_id for one in told}))
    )
    raised = NOTHING
    if stopped_until is not None:
        chain = chain.having(next_at=None)
    else:
        if chain.current and not chain.exhausted and set(chain.current) <= look.undeliverable():
            chain = chain.having(next_at=look.now, current=())
        if chain.next_at is not None and chain.next_at <= look.now:
            chain, raised = _tell(chain, look)
    just_told = frozenset(alert.recipient for alert in raised.alerts)
    chain, reminded = remind(chain, look, just_told)
    changes = [chain.acknowledged_until, next_change(look.deadline, look.policy, look.now)]
    look_at = min((at for at in changes if at is not None), default=None)
    return chain.having(look_at=look_at), raised + reminded


def _levelled(chain: Chain, look: Look) -> Chain:
    """Starts the chain again when it became louder: what was acknowledged was something less. Quieter, it goes on."""
    if louder(look.level, chain.level):
        return begin(look, look.now)
    if look.level is chain.level:
        return chain
    climbs = look.level in (Level.PAGE, Level.ACT)
    return chain.having(
        level=look.level,
        next_at=chain.next_at if climbs or not chain.told else None,
        reminders=chain.reminders if look.level is Level.PAGE else (),
    )


def _tell(chain: Chain, look: Look) -> tuple[Chain, Raised]:
    """Tells the next step that has somebody present; gives up after the policy's rounds, or when a whole round is
    empty.
    """
    not_before = _not_before(chain, look)
    if chain.level is Level.ACT and not_before is not None:
        return chain.having(next_at=not_before), NOTHING
    missing = NOTHING
    for _ in chain.steps:
        chain = _step_on(chain)
        if chain.round > look.policy.rounds:
            break
        chain, gone = _missing(chain, look, chain.steps[chain.step - 1].targets)
        missing += gone
        alerts = _alerts(chain, look, not_before)
        if alerts:
            next_at = next_step(chain.level, look.now, look.deadline, look.plan, look.policy)
            current = tuple(alert.alert_id for alert in alerts)
            chain = chain.having(next_at=next_at, current=current, told=_told(chain, look, alerts))
            return chain, missing + Raised(tuple(alerts))
    chain, given_up = _exhaust(chain, look)
    return chain, missing + given_up


def _not_before(chain: Chain, look: Look) -> datetime | None:
    if chain.level is Level.DIGEST:
        quiet = silenced_until(look.case, look.now, look.deadline, look.policy)
        return digest_at(quiet or look.now, look.policy, look.plan)
    at = sendable_at(look.case, chain.level, look.now, look.deadline, look.plan, look.policy)
    return at if at > look.now else None


def _step_on(chain: Chain) -> Chain:
    if chain.step < len(chain.steps):
        return chain.having(step=chain.step + 1)
    return chain.having(round=chain.round + 1, step=1)


def _missing(chain: Chain, look: Look, targets: tuple[Target, ...]) -> tuple[Chain, Raised]:
    """Notes each target for whom nobody answers, once a run."""
    gone = [t for t in targets if present(look.plan, t.local_id, look.now) is None and t.local_id not in chain.missing]
    found = tuple(
        Found(
            FactKind.RECIPIENT_MISSING,
            look.now,
            (*_identity(chain), str(target.role), target.local_id),
            {"obligation": chain.obligation, "rung": chain.rung, "role": str(target.role), "local_id": target.local_id},
        )
        for target in gone
    )
    if not gone:
        return chain, NOTHING
    missing = (*chain.missing, *(target.local_id for target in gone))
    return chain.having(missing=missing), Raised(found=found)


def _alerts(chain: Chain, look: Look, not_before: datetime | None) -> list[Alert]:
    alerts: list[Alert] = []
    for target in chain.steps[chain.step - 1].targets:
        recipient = present(look.plan, target.local_id, look.now)
        if recipient is None or any(alert.recipient == recipient for alert in alerts):
            continue
        alerts += step_alerts(
            look.case,
            look.demand,
            chain,
            target,
            recipient,
            look.plan,
            deadline_at=look.deadline,
            reason=look.reason,
            now=look.now,
            not_before=not_before,
        )
    return alerts


def _told(chain: Chain, look: Look, alerts: list[Alert]) -> tuple[Told, ...]:
    known = {told.local_id: told for told in chain.told}
    for recipient in dict.fromkeys(alert.recipient for alert in alerts):
        ids = tuple(alert.alert_id for alert in alerts if alert.recipient == recipient)
        first = known[recipient].first_at if recipient in known else look.now
        known[recipient] = Told(local_id=recipient, first_at=first, alert_ids=ids)
    return tuple(known.values())


def _exhaust(chain: Chain, look: Look) -> tuple[Chain, Raised]:
    """Ends the climb and pages operations: nobody on the whole chain answered."""
    ended = chain.having(exhausted=True, next_at=None, current=())
    body: dict[str, JsonValue] = {
        "obligation": chain.obligation,
        "rung": chain.rung,
        "level": str(chain.level),
        "rounds": look.policy.rounds,
    }
    found = Found(FactKind.CHAIN_EXHAUSTED, look.now, _identity(chain), body)
    alerts = platform_alerts(
        look.plan,
        obligation=NIS2_EXHAUSTED if chain.obligation in OF_AN_INCIDENT else EXHAUSTED,
        about=(look.case.reference, *_identity(chain)),
        now=look.now,
        reference=look.case.reference,
        rung=chain.rung,
        deadline_at=look.deadline,
    )
    return ended, Raised(tuple(alerts), (found,))


def _identity(chain: Chain) -> tuple[str, ...]:
    due, started = chain.rung_due_at.isoformat(), chain.started_at.isoformat()
    return (chain.obligation, chain.clock, chain.rung, due, started)
