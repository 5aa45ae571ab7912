"""Reminding the DPO and the decision maker of a `page`, each until that very person acknowledges."""

from pipeline.plans.entitlement import present
from pipeline.routing.acknowledgement import latest
from pipeline.routing.alerts import step_alerts
from pipeline.routing.chain import Chain, Reminder, Told
from pipeline.routing.found import NOTHING, Found, Raised
from pipeline.routing.look import Look
from schemas.facts import FactKind


def remind(chain: Chain, look: Look, just_told: frozenset[str]) -> tuple[Chain, Raised]:
    """Returns the chain with its reminders brought up to date, and the alerts that are due.

    A step of the chain that told the same person in this look counts as the reminder. While that person's own
    acknowledgement holds, the reminder waits for its end.
    """
    if not chain.reminders:
        return chain, NOTHING
    raised, kept = NOTHING, []
    for reminder in chain.reminders:
        chain, reminder, more = _one(chain, reminder, look, just_told)
        kept.append(reminder)
        raised += more
    return chain.having(reminders=tuple(kept)), raised


def _one(chain: Chain, reminder: Reminder, look: Look, just_told: frozenset[str]) -> tuple[Chain, Reminder, Raised]:
    target, recipient = reminder.target, present(look.plan, reminder.target.local_id, look.now)
    own = (one for one in look.acknowledgements(chain) if one.local_id in (target.local_id, recipient))
    until = latest(own)
    if until is not None:
        return chain, reminder.having(next_at=until), NOTHING
    following = look.now + look.policy.page_step
    if recipient is not None and recipient in just_told:
        return chain, reminder.having(next_at=following), NOTHING
    if reminder.next_at > look.now:
        return chain, reminder, NOTHING
    if recipient is None:
        waiting = reminder.having(next_at=following)
        if target.local_id in chain.missing:
            return chain, waiting, NOTHING
        noted = chain.having(missing=(*chain.missing, target.local_id))
        identity = (
            chain.obligation,
            chain.clock,
            chain.rung,
            chain.rung_due_at.isoformat(),
            chain.started_at.isoformat(),
        )
        body = {
            "obligation": chain.obligation,
            "rung": chain.rung,
            "role": str(target.role),
            "local_id": target.local_id,
        }
        found = Found(FactKind.RECIPIENT_MISSING, look.now, (*identity, str(target.role), target.local_id), dict(body))
        return noted, waiting, Raised(found=(found,))
    number = reminder.number + 1
    alerts = tuple(
        step_alerts(
            look.case,
            look.demand,
            chain,
            target,
            recipient,
            look.plan,
            deadline_at=look.deadline,
            reason=look.reason,
            now=look.now,
            reminder=number,
        )
    )
    told = chain.told
    if all(one.local_id != recipient for one in told):
        ids = tuple(alert.alert_id for alert in alerts)
        told = (*told, Told(local_id=recipient, first_at=look.now, alert_ids=ids))
    updated = reminder.having(next_at=following, number=number)
    return chain.having(told=told), updated, Raised(alerts)
