"""The heartbeat's records, which no audit counts: the heart measures itself, and says so by its absence."""

from collections.abc import Mapping
from typing import Final

import orjson

from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from schemas.heartbeat import SOURCE, TENANT

STAGES: Final = "brudvagt"
"""The sender of a fact that a stage makes by itself. Whoever else claims to be it stands on another topic than facts."""

_KEY: Final = TENANT.encode() + b"-"
_IN_VALUE: Final = f'"{TENANT}"'.encode()


class Beats:
    """Tells the heartbeat's records from everybody's, in whatever order they come."""

    def __init__(self, topics: Topics) -> None:
        """Knows which topic is keyed how."""
        self._by_key = {topics.cases, topics.chains, topics.facts, topics.alerts}
        self._told = {topics.reports, topics.actions, topics.receipts, topics.deadletters}
        self._deliveries, self._facts = topics.deliveries, topics.facts

    def is_beat(self, seen: Seen) -> bool:
        """Whether a record is the heartbeat's. What only claims its kommunekode is not: a report must not hide so."""
        if seen.topic in self._by_key:
            return seen.key is not None and seen.key.startswith(_KEY)
        if seen.value is None or _IN_VALUE not in seen.value:
            return False
        if seen.topic in self._told:
            told = _object(seen.value)
            # What a stage says of a case that the heart has erased meanwhile is a dead letter too, a day later.
            by_a_stage = told.get("source") == STAGES and told.get("topic") == self._facts
            return told.get("municipality") == TENANT and (told.get("source") == SOURCE or by_a_stage)
        if seen.topic == self._deliveries:
            alert = _object(seen.value).get("alert")
            return isinstance(alert, Mapping) and alert.get("municipality") == TENANT
        return False


def _object(value: bytes) -> Mapping[str, object]:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
