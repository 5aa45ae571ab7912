"""The one alert about a producer of unreadable events: it names the number, and goes to the first who can act on it."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.plans.entitlement import present
from pipeline.plans.plan import ContactPlan
from pipeline.routing.alerts import alert_id
from schemas.alert import Alert, AlertKind, Level
from schemas.tally import Tally
from schemas.values import Role

OBLIGATION, RUNG = "review", "unreadable_events"
_ASKED = (Role.DPO, Role.DEPUTY, Role.SECURITY, Role.OPERATIONS)


def announcements(tally: Tally, hours: Mapping[str, int], plan: ContactPlan, now: datetime) -> tuple[Alert, ...]:
    """Returns one alert for the newly announced `hours` together: the DPO, or who stands in, on the first channel."""
    holders = [holder for role in _ASKED for holder in plan.holders(role)]
    answering = [who for who in (present(plan, holder, now) for holder in holders) if who is not None]
    person = plan.person(answering[0]) if answering else None
    if person is None or not hours:
        return ()
    channel = person.channels[0]
    return (
        Alert(
            alert_id=alert_id("producer", tally.reference, sorted(hours), answering[0], channel.name),
            kind=AlertKind.PRODUCER,
            level=Level.ACT,
            municipality=tally.municipality,
            reference=None,
            obligation=OBLIGATION,
            rung=RUNG,
            recipient=answering[0],
            role=str(Role.DPO),
            channel=channel.name,
            language=person.language,
            created_at=now,
            count=sum(hours.values()),
            producer=tally.producer,
        ),
    )
