"""Forgetting a case's alerts: an index of them by case, and what is deleted when the case is gone."""

import orjson

from pipeline.engine import Tx
from schemas.delivery import BY_CASE, NEWEST, Delivery


def remember(tx: Tx, reference: str, alert_id: str) -> None:
    """Notes that an alert was about a case."""
    key = BY_CASE + reference.encode()
    tx.table[key] = orjson.dumps([*_alerts(tx, key), alert_id])


def forget(tx: Tx, reference: str) -> list[bytes]:
    """Deletes the story of every alert about a case on this partition; returns their keys.

    An attempt under way ends where it began: its result finds no row and is dropped.
    """
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


def _alerts(tx: Tx, index: bytes) -> list[str]:
    row = tx.table.get(index)
    return [] if row is None else list(orjson.loads(row))
