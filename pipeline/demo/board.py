"""What the demonstration sees: everything it knows comes off the topics, as any outside reader would have it."""

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.cli.portfolio import Portfolio
from pipeline.kafka.records import Seen
from schemas.alert import Alert

TYPED = re.compile(rb"010190[- ]?1234")
"""The made-up CPR number in the citizen's own words."""


@dataclass(slots=True)
class Board(Portfolio):
    """The state of the story so far: the portfolio, and what the story's own sentences ask for."""

    ingress: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    arrived: list[Seen] = field(default_factory=list)  # what came in at the doors, in the order in which it was read
    alerts: dict[str, Alert] = field(default_factory=dict)  # every alert that was raised, by id
    leaks: int = 0  # records beyond the gate that show the number which the story's citizen typed

    def take(self, seen: Seen) -> None:
        """Adds one record of any topic."""
        topics = self.topics
        if seen.topic in (topics.reports, topics.actions, topics.replays):
            self._arrive(seen)
        elif TYPED.search(seen.value or b""):
            self.leaks += 1
        Portfolio.take(self, seen)
        if seen.topic == topics.alerts and seen.value is not None and not self.beats.is_beat(seen):
            alert = Alert.model_validate_json(seen.value)
            self.alerts[alert.alert_id] = alert
        if seen.topic == topics.cases and seen.key is not None and (reference := seen.key.decode()) in self.cases:
            self.versions[reference] += 1

    def _arrive(self, seen: Seen) -> None:
        if not self.beats.is_beat(seen):
            self.ingress[seen.topic] += 1
            self.arrived.append(seen)
