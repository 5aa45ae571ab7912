"""The heartbeat's records, which no audit counts: the heart measures itself, and says so by its absence."""

from collections.abc import Mapping
from typing import Final

import orjson

from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from schemas.heartbeat import SOURCE, TENANT

_KEY: Final = TENANT.encode() + b"-"
_IN_VALUE: Final = f'"{TENANT}"'.encode()


class Beats:
    """Tells the heartbeat's records from everybody's, in whatever order they come."""

    def __init__(self, topics: Topics) -> None:
        """Knows which topic is keyed how."""
        self._by_key = {topics.cases, topics.chains, topics.facts, topics.alerts}
        self._told = {topics.reports, topics.actions, topics.receipts, topics.deadletters}
        self._deliveries = topics.deliveries

    def is_beat(self, seen: Seen) -> bool:
        """Whether a record is the heartbeat's. What only claims its kommunekode is not: a report must not hide so."""
        if seen.topic in self._by_key:
            return seen.key is not None and seen.key.startswith(_KEY)
        if seen.value is None or _IN_VALUE not in seen.value:
            return False
        if seen.topic in self._told:
            told = _object(seen.value)
            return told.get("source") == SOURCE and told.get("municipality") == TENANT
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
