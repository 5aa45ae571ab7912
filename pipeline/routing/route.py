"""Routing of one case: compares who should have been told with who was, and closes the difference."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.clock.policy import OF_AN_INCIDENT, ON_THE_LADDER, Policy
from pipeline.plans.plan import ContactPlan
from pipeline.routing.chain import Chain, ChainState
from pipeline.routing.climb import advance, begin
from pipeline.routing.found import NOTHING, Found
from pipeline.routing.inbound import copies, passed_on
from pipeline.routing.level import louder
from pipeline.routing.look import Look
from pipeline.routing.unclosed import remind_to_close
from schemas.alert import Alert, Level
from schemas.case import CaseRecord, Status


@dataclass(frozen=True, slots=True)
class Routed:
    """What one look at a case gives: the state to keep (None: nothing), alerts to send, facts to mint."""

    state: ChainState | None
    alerts: tuple[Alert, ...] = ()
    facts: tuple[Found, ...] = ()


def route(
    case: CaseRecord | None, state: ChainState | None, plan: ContactPlan, policy: Policy, now: datetime
) -> Routed:
    """Returns what should be so at `now` (aware UTC), given the case as it is and what was done so far.

    Called when the case record changes and when the chain's timer is due; level-triggered, so that calling it again
    with its own output changes nothing. One chain runs per demand; a new rung of the same obligation takes the
    earlier one's place, and a demand that is gone takes its chain with it. `policy` is the one that the case is
    judged by.
    """
    if case is None or case.status is not Status.OPEN:
        return Routed(None)
    before = state if state is not None else ChainState(reference=case.reference, municipality=case.municipality)
    raised, chains = NOTHING, list[Chain]()
    for demand in sorted(case.demands, key=lambda one: one.obligation not in ON_THE_LADDER):
        look = Look.at(case, demand, plan, policy, now)
        if case.crowded and look.level is not Level.PAGE:
            continue  # its producer's tally rings for it; the clock runs, and its last rungs ring by themselves
        if chains and _speaks_for(chains[0], look):
            continue
        chain = next((one for one in before.chains if one.is_for(demand)), None) or _successor(look, before)
        chain, more = advance(chain, look)
        chains.append(chain)
        raised += more
    copied = tuple(copies(case, before.copied, plan, policy, now))
    done = tuple(dict.fromkeys((*before.copied, *passed_on(copied))))
    unclosed, reminded = remind_to_close(case, before.unclosed, plan, policy, now)
    after = before.having(chains=tuple(chains), copied=done, unclosed=unclosed)
    kept = after if chains or done or unclosed is not None else None
    return Routed(kept, raised.alerts + copied + reminded, raised.found)


def _speaks_for(leading: Chain, look: Look) -> bool:
    """Whether the alarm of the legal clock says it already: it rings at least as loud, and names all that is owed.

    One case is one alert to a person, not one for each thing owed. Once somebody has acknowledged, or nobody has on the
    whole chain, each obligation asks for itself.
    """
    ringing = leading.acknowledged_until is None and not leading.exhausted
    apart = (*ON_THE_LADDER, *OF_AN_INCIDENT)  # another clock, another authority: it rings by itself
    leads = leading.obligation in ON_THE_LADDER and look.demand.obligation not in apart
    return leads and ringing and not louder(look.level, leading.level)


def _successor(look: Look, before: ChainState) -> Chain:
    """Returns a fresh chain that knows what came before it on the same clock.

    The next act of the same rung asks on: who acknowledged has acknowledged, and nobody is reminded sooner for it.
    Louder than before, it asks everybody anew.
    """
    demand = look.demand
    earlier = [one for one in before.chains if one.clock == demand.clock]
    if any(louder(look.level, one.level) for one in earlier):
        return begin(look, look.now)
    same = next((o for o in earlier if (o.rung, o.rung_due_at) == (demand.rung, demand.rung_due_at)), None)
    if same is None:
        return begin(look, demand.rung_due_at)
    waiting = {reminder.target: reminder.next_at for reminder in same.reminders}
    chain = begin(look, same.acks_from)
    reminders = tuple(
        one.model_copy(update={"next_at": max(look.now, waiting.get(one.target, look.now))}) for one in chain.reminders
    )
    return chain.model_copy(update={"reminders": reminders})
