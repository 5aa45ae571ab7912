"""On which partition a row stands when the number of partitions is another than the backup's."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson

from pipeline.backup.content import Row
from pipeline.cases.tally import tally_reference
from pipeline.engine.partitioner import partition_of
from schemas.alert import Alert, Level
from schemas.delivery import BY_CASE, INDEXES, NEWEST, Delivery


class Stood(NamedTuple):
    """Where an alert's story stands in the backup and where it belongs; what it says of itself that decides between two."""

    before: int
    at: int
    sent: bool
    attempts: int
    made: float  # unix seconds


Stories = dict[bytes, tuple[Stood, ...]]
"""By alert: one, or one for each partition on which it stood. Some 350 bytes each, whatever the size of the row."""


def placed(rows: Callable[[], Iterator[Row]], before: int, after: int) -> Iterator[Row]:
    """Yields the rows where they belong among `after` partitions; `before` is the backup's count.

    With the same count nothing moves. Else a case and its chain go where their key hashes, an alert where routing would
    send it, and delivery's indexes along with the alerts that they name. `rows` is read twice then: no row is held.
    """
    if before == after:
        yield from rows()
        return
    stories = _stories(rows(), after)
    newest: dict[tuple[int, bytes], bytes] = {}
    by_case: dict[tuple[int, bytes], dict[str, None]] = {}
    for row in rows():
        if row.table != "deliveries":
            yield Row(row.table, partition_of(row.key, after), row.key, row.value)
        elif row.key.startswith(NEWEST):
            for to in _moved(stories, row.partition, row.value):  # else it names an alert that is gone
                known = newest.get((to, row.key))
                if known is None or _told(stories, row.value, to).made > _told(stories, known, to).made:
                    newest[to, row.key] = row.value
        elif row.key.startswith(BY_CASE):
            for alert_id in orjson.loads(row.value):
                for to in _moved(stories, row.partition, alert_id.encode()):
                    by_case.setdefault((to, row.key), {})[alert_id] = None
        else:
            for to in _moved(stories, row.partition, row.key):
                if _told(stories, row.key, to).before == row.partition:
                    yield Row("deliveries", to, row.key, row.value)
    for (to, key), alert in newest.items():
        yield Row("deliveries", to, key, alert)
    for (to, key), ids in by_case.items():
        yield Row("deliveries", to, key, orjson.dumps([*ids]))


def home(alert: Alert, count: int) -> int:
    """Returns the partition that routing's key for an alert gives among `count`."""
    if alert.level is Level.DIGEST:
        key = alert.municipality
    elif alert.reference is not None:
        key = alert.reference
    elif alert.producer is not None:
        key = tally_reference(alert.municipality, alert.producer)
    else:
        key = alert.municipality  # about the platform; nobody looks it up by its case
    return partition_of(key.encode(), count)


def _stories(rows: Iterator[Row], count: int) -> Stories:
    found: Stories = {}
    for row in rows:
        if row.table == "deliveries" and not row.key.startswith(INDEXES):
            story = Delivery.model_validate_json(row.value)
            made = story.alert.created_at.timestamp()
            stood = Stood(row.partition, home(story.alert, count), story.sent_at is not None, len(story.attempts), made)
            found[row.key] = (*found.get(row.key, ()), stood)
    return found


def _moved(stories: Stories, before: int, alert: bytes) -> list[int]:
    """Returns the partition now of the alert that stood on `before`; none if it did not."""
    return [one.at for one in stories.get(alert, ()) if one.before == before]


def _told(stories: Stories, alert: bytes, at: int) -> Stood:
    """One alert that stood on two partitions becomes one: the story that reached the person counts, the first of equals."""
    return max((one for one in stories[alert] if one.at == at), key=lambda one: (one.sent, one.attempts))
