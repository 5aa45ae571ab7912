"""The heartbeat's channel: it takes a text and keeps nothing of it. It has no network, so nothing can leave by it."""

from datetime import datetime

from pipeline.delivery.outcome import Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert
from schemas.heartbeat import is_beat


class HeartbeatChannel:
    """Delivers at once, to nobody; an alert about a real case that strays into it is an error of ours, and loud."""

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Returns success for a beat. Raises ValueError for any other alert, so that it stays undelivered and seen."""
        if not is_beat(alert.municipality):
            raise ValueError(f"alert {alert.alert_id} is no beat: the heartbeat's channel would swallow it")
        return Outcome()
