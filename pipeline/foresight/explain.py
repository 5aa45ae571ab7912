"""Whom a report reaches now, and which rule decided: the level's reason, the step of the chain, the quiet hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.cases.catalogue import Catalogue
from pipeline.cases.settled import UNCLOSED
from pipeline.clock.localtime import short_form
from pipeline.foresight.danish import level, why
from pipeline.foresight.foresee import Foreseen, foresee
from pipeline.foresight.happenings import Alerted
from pipeline.plans.entitlement import present
from pipeline.plans.plan import ContactPlan
from pipeline.routing.alerts import EXHAUSTED, NIS2_EXHAUSTED
from pipeline.routing.tree import branch_for
from schemas.alert import Level
from schemas.values import Role

AHEAD = timedelta(hours=120)
"""Far enough that an `act` that waits for the opening after Easter has gone out."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One person who is told: by what, when, and the rules that made it so, as short Danish sentences."""

    alert: Alerted
    address: str
    rules: tuple[str, ...]


def explain(
    value: bytes, at: datetime, catalogue: Catalogue, plans: Mapping[str, ContactPlan]
) -> tuple[Foreseen, tuple[Reach, ...]]:
    """Returns the run of the report received `at` if nobody acts, and who is told first, once per obligation."""
    foreseen = foresee(value, (), at, at + AHEAD, catalogue, plans)
    first: dict[tuple[str | None, str, str, str], Alerted] = {}
    for one in foreseen.happenings:
        if isinstance(one, Alerted):
            first.setdefault((one.reference, one.obligation, one.local_id, one.channel), one)
    return foreseen, tuple(_reach(foreseen, one) for one in first.values())


def _reach(foreseen: Foreseen, alert: Alerted) -> Reach:
    plan = foreseen.world.plan(foreseen.references[0][:3] if alert.reference is None else alert.reference[:3])
    who = plan.person(alert.local_id)
    channel = None if who is None else who.channel(alert.channel)
    rules = [f"niveau: {why(code)}" for code in alert.why] or [f"niveau: {level(alert.level)}"]
    rules.append(_step(plan, alert))
    rules.append(_quiet(foreseen, plan, alert))
    return Reach(alert, "" if channel is None else f"{channel.kind}: {channel.address}", tuple(rules))


def _step(plan: ContactPlan, alert: Alerted) -> str:
    if alert.obligation in (EXHAUSTED, NIS2_EXHAUSTED):
        return "vej: driften får besked, når ingen på hele kæden har svaret"
    if alert.obligation.startswith("inbound."):
        if alert.level is Level.DIGEST:
            return "vej: databeskyttelsesrådgiveren ser i dagens overblik, hvad der er sendt videre"
        return "vej: enheden, som kommunens kontaktplan nævner"
    if alert.obligation == UNCLOSED:
        return "vej: databeskyttelsesrådgiveren ser i dagens overblik, at sagen kan lukkes; der er ingen kæde"
    if alert.level is Level.PAGE and alert.role in (Role.DPO, Role.DECISION_MAKER):
        return "vej: får altid besked, når det haster, til personen selv kvitterer"
    holders = plan.holders(Role(alert.role)) if alert.role in set(Role) else ()
    absent = next((one for one in holders if present(plan, one, alert.raised_at) == alert.local_id), alert.local_id)
    instead = "" if absent == alert.local_id or alert.local_id in holders else f", i stedet for {absent}"
    branch = branch_for(plan, alert.level, alert.obligation)
    way = "kædens" if branch is None else f"kontaktplanens gren {plan.delivery.branches.index(branch) + 1},"
    return f"vej: {way} trin {alert.step}, runde {alert.round}{instead}"


def _quiet(foreseen: Foreseen, plan: ContactPlan, alert: Alerted) -> str:
    if alert.level is Level.PAGE:
        return "stille timer: gælder ikke for det, der haster"
    if alert.level is Level.DIGEST:
        return f"samlet besked: næste gang {short_form(alert.at)}"
    opening = plan.hours.quiet_outside.next_open(alert.at)
    if opening > alert.at:
        return "stille timer: for lidt tid til fristen til at vente på næste åbning"
    if alert.at > foreseen.start:
        return f"stille timer: ventede til kommunen er åben, {short_form(alert.at)}"
    return "stille timer: kommunen er åben"
