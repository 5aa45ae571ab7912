"""The interface of every channel, and the message that it carries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.delivery.outcome import Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert


@dataclass(frozen=True, slots=True)
class Message:
    """One text to one address, about one alert. Made at send time and kept nowhere: it holds address and link."""

    alert: Alert
    address: str
    text: Text


class Channel(Protocol):
    """Brings a text to a person. Bounded in time; a far end's fault is an outcome, never an exception."""

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once. `at` is the shown time, aware UTC."""
        ...
