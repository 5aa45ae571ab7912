"""The interface of every channel, and how one is told what this installation has for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery.outcome import Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.address import Destinations
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

CERTIFICATES = "certificates"
"""The folder of recipients' certificates, beside the contact plans."""


class Misconfigured(ValueError):
    """What was set for a channel cannot be used; says which setting or file, why, and what to do, never a secret."""


class Channel(Protocol):
    """Brings a text to a person. Bounded in time; a far end's fault is an outcome, never an exception."""

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once. `at` is the shown time, aware UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """This installation, as a channel sees it. `certificates` is the folder beside the contact plans; `real_now` gives
    real unix seconds, for what a far end compares with its own clock.
    """

    settings: ChannelSettings
    certificates: Path
    real_now: Callable[[], float] = time.time

    @property
    def destinations(self) -> Destinations:
        """Which addresses may be delivered to."""
        return Destinations.PRODUCTION if self.settings.production else Destinations.EXAMPLE_ONLY


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a channel of a contact plan cannot be used here, and what to do; in Danish, as everything about plans."""

    reason: str
    remedy: str


def no_fault(to: PlanChannel, site: Site, at: datetime) -> Fault | None:
    """Finds nothing: this kind of channel depends on nothing but its address."""
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel, as a file in this folder offers it under the name `KIND`.

    `name` is what contact plans write; `setting` is what turns it on. `configured` returns the channel, or None where
    that setting is absent, and raises Misconfigured. `fault` says what is wrong with one channel of a plan at a time.
    """

    name: str
    setting: str
    configured: Callable[[Site], Channel | None]
    fault: Callable[[PlanChannel, Site, datetime], Fault | None] = no_fault
