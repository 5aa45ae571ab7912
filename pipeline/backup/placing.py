"""On which partition a row stands when the number of partitions is another than the backup's."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import orjson

from pipeline.backup.content import Row
from pipeline.cases.tally import tally_reference
from pipeline.engine.partitioner import partition_of
from schemas.alert import Alert, Level
from schemas.delivery import BY_CASE, INDEXES, NEWEST, Delivery


def placed(rows: Iterable[Row], before: int, after: int) -> Iterator[Row]:
    """Yields the rows where they belong among `after` partitions; `before` is the backup's count.

    With the same count nothing moves. Else a case and its chain go where their key hashes, an alert where routing would
    send it, and delivery's indexes along with the alerts that they name.
    """
    deliveries: list[Row] = []
    for row in rows:
        if before == after:
            yield row
        elif row.table == "deliveries":
            deliveries.append(row)
        else:
            yield Row(row.table, partition_of(row.key, after), row.key, row.value)
    yield from _deliveries(deliveries, after)


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


def _deliveries(rows: list[Row], count: int) -> Iterator[Row]:
    stories: dict[tuple[int, bytes], Delivery] = {}
    kept: dict[tuple[int, bytes], Row] = {}
    moved: dict[tuple[int, bytes], int] = {}  # partition in the backup, alert → partition now
    for row in rows:
        if row.key.startswith(INDEXES):
            continue
        story = Delivery.model_validate_json(row.value)
        at = home(story.alert, count)
        moved[row.partition, row.key] = at
        if (at, row.key) not in stories or _further(story) > _further(stories[at, row.key]):
            stories[at, row.key] = story
            kept[at, row.key] = Row("deliveries", at, row.key, row.value)
    yield from kept.values()
    newest: dict[tuple[int, bytes], bytes] = {}
    by_case: dict[tuple[int, bytes], list[str]] = {}
    for row in rows:
        if row.key.startswith(NEWEST):
            if (to := moved.get((row.partition, row.value))) is None:
                continue  # it names an alert that is gone
            known = newest.get((to, row.key))
            if known is None or _made(stories[to, row.value]) > _made(stories[to, known]):
                newest[to, row.key] = row.value
        elif row.key.startswith(BY_CASE):
            for alert_id in orjson.loads(row.value):
                if (to := moved.get((row.partition, alert_id.encode()))) is not None:
                    known_ids = by_case.setdefault((to, row.key), [])
                    if alert_id not in known_ids:
                        known_ids.append(alert_id)
    for (to, key), alert in newest.items():
        yield Row("deliveries", to, key, alert)
    for (to, key), ids in by_case.items():
        yield Row("deliveries", to, key, orjson.dumps(ids))


def _further(story: Delivery) -> tuple[bool, int]:
    """One alert that stood on two partitions becomes one: the story that reached the person counts."""
    return story.sent_at is not None, len(story.attempts)


def _made(story: Delivery) -> datetime:
    return story.alert.created_at
