"""Forgetting a case's alerts: an index of them by case, and what is deleted when the case is gone.

Rows of versions from before the index are in none. They are found by a scan of the partition, with the first case that is
gone there after a process has started (the heartbeat's, within a minute), and indexed; a mark says who has done it. Not once
for ever: after a rollback such a version may have written again, and nothing of its rows would tell.
"""

from collections import defaultdict
from typing import Final
from uuid import uuid4

import orjson

from pipeline.engine import Tx
from schemas.delivery import BY_CASE, INDEXES, NEWEST, Delivery

INDEXED: Final = BY_CASE
"""The index of no case: every story that was on this partition when the process it names looked is in the index of its case.
An import that moves stories to other partitions leaves it out, and it is made again."""

THIS_PROCESS: Final = orjson.dumps([uuid4().hex])
"""A list, as every index is: to an older worker the one story of no case, which nobody asks for."""


def remember(tx: Tx, reference: str, alert_id: str) -> None:
    """Notes that an alert was about a case."""
    key = BY_CASE + reference.encode()
    tx.table[key] = orjson.dumps([*_alerts(tx, key), alert_id])


def forget(tx: Tx, reference: str) -> list[bytes]:
    """Deletes the story of every alert about a case on this partition; returns their keys.

    An attempt under way ends where it began: its result finds no row and is dropped.
    """
    if tx.table.get(INDEXED) != THIS_PROCESS:
        _index_all(tx)
    index = BY_CASE + reference.encode()
    keys = [alert_id.encode() for alert_id in _alerts(tx, index)]
    for key in keys:
        row = tx.table.get(key)
        if row is None:
            continue
        alert = Delivery.model_validate_json(row).alert
        newest = NEWEST + (alert.supersedes or alert.alert_id).encode()
        if tx.table.get(newest) is not None:
            del tx.table[newest]
        del tx.table[key]
    if keys:
        del tx.table[index]
    return keys


def _index_all(tx: Tx) -> None:
    stories: defaultdict[str, list[str]] = defaultdict(list)
    for key, row in tx.table.items():
        if not key.startswith(INDEXES) and (reference := orjson.loads(row)["alert"].get("reference")) is not None:
            stories[reference].append(key.decode())
    for reference, alert_ids in stories.items():
        index = BY_CASE + reference.encode()
        known = _alerts(tx, index)
        if lacking := [one for one in alert_ids if one not in known]:
            tx.table[index] = orjson.dumps([*known, *lacking])
    tx.table[INDEXED] = THIS_PROCESS


def _alerts(tx: Tx, index: bytes) -> list[str]:
    row = tx.table.get(index)
    return [] if row is None else list(orjson.loads(row))
