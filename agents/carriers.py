"""Who carries alerts: this installation's channels, the texts and links made at send time, and the pace of attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from agents.context import Context
from pipeline.delivery.channels.channel import CERTIFICATES, Site
from pipeline.delivery.channels.heartbeat import HeartbeatChannel
from pipeline.delivery.channels.lane import Lane
from pipeline.delivery.channels.registry import channels
from pipeline.delivery.guard import AboutAPerson
from pipeline.delivery.outcome import Error, Outcome
from pipeline.delivery.pace import Pace
from pipeline.delivery.texts import Text, render, render_digest
from pipeline.plans.plan import Person
from pipeline.settings import Settings
from pipeline.tracing.context import Trace
from pipeline.web.alert_link import link_in, links_of
from schemas.alert import Alert, Level
from schemas.heartbeat import CHANNEL

log = structlog.get_logger("agents.delivery")


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended, for each of the alerts that it carried."""

    numbers: Mapping[str, int]  # alert id → attempt
    outcome: Outcome
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """One message to one person, as it stands in the log: several alerts only in a digest."""

    alerts: Sequence[Alert]
    numbers: Mapping[str, int]
    repeat: bool
    intended_at: datetime
    trace: Trace | None = None


def site_of(context: Context, settings: Settings) -> Site:
    """Returns the installation as its channels see it: certificates lie beside the contact plans."""
    return Site(settings, context.deploy / "municipalities" / CERTIFICATES)


class Carriers:
    """The channels of this installation, and the pace at which they are tried. Raises Misconfigured."""

    def __init__(self, context: Context, settings: Settings) -> None:
        found = {CHANNEL: HeartbeatChannel(), **channels(site_of(context, settings))}
        self._lanes = {kind: Lane(channel) for kind, channel in found.items()}
        self.pace = Pace(attempt_s=settings.attempt_s, margin_s=settings.attempt_s / 2).at_speed(context.clock.speed)
        self._context = context
        self._links = links_of(settings)

    async def bring(self, load: Load) -> Result:
        """Attempts to deliver one message. What comes to its turn so late that its timer would repeat it meanwhile is not
        attempted: two attempts at once would be two mails.
        """
        with structlog.contextvars.bound_contextvars(trace_id=None if load.trace is None else load.trace.trace_id):
            return Result(load.numbers, await self._bring(load), load.trace)

    async def _bring(self, load: Load) -> Outcome:
        clock, first = self._context.clock, load.alerts[0]
        at = clock.datetime()
        plan = self._context.plan(first.municipality)
        person = plan.person(first.recipient)
        to = None if person is None else person.channel(first.channel)
        if person is None or to is None:
            return Outcome(Error.NO_ADDRESS, permanent=True)
        lane = self._lanes.get(to.kind)
        if lane is None:
            return Outcome(Error.NOT_CONFIGURED, permanent=True)
        wait_s = clock.real_seconds(load.intended_at.timestamp() + self.pace.margin_s / 2 - at.timestamp())
        if wait_s <= 0:
            return Outcome(Error.CROWDED)
        try:
            text = self._text(load, person, at)
        except AboutAPerson:
            log.critical("a text was withheld: it could be about a person", alert=first.alert_id, template=first.kind)
            return Outcome(Error.FORBIDDEN, permanent=True)
        return await lane.send(first, to, text, at, wait_s)

    def _text(self, load: Load, person: Person, at: datetime) -> Text:
        first, plan = load.alerts[0], self._context.plan(load.alerts[0].municipality)
        if first.level is not Level.DIGEST:
            link = link_in(first, self._links)
            return render(first, plan, at, person.language, repeat=load.repeat, link=link)
        minted = {one.reference: link_in(one, self._links) for one in load.alerts if one.reference is not None}
        links = {reference: link for reference, link in minted.items() if link is not None}
        return render_digest(load.alerts, plan, at, person.language, links=links)
