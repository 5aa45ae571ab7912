"""The daily digest: items that wait in the log and go out as one message per municipality, person and channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.alert import Level
from schemas.delivery import Delivery, DeliveryStatus


@dataclass(frozen=True, slots=True)
class Digest:
    """The items of one message, by reference: never two municipalities in one."""

    municipality: str
    recipient: str
    channel: str
    items: tuple[Delivery, ...]


def digests(deliveries: Iterable[Delivery], now: datetime) -> tuple[Digest, ...]:
    """Returns the digests due at `now`, each with all items that are due for that person; retries are items again."""
    groups: dict[tuple[str, str, str], list[Delivery]] = {}
    for one in deliveries:
        waits = one.status in (DeliveryStatus.WAITING, DeliveryStatus.FAILED, DeliveryStatus.INTENDED)
        if one.alert.level is not Level.DIGEST or not waits or one.next_at is None or one.next_at > now.timestamp():
            continue
        key = (one.alert.municipality, one.alert.recipient, one.alert.channel)
        groups.setdefault(key, []).append(one)
    return tuple(
        Digest(*key, tuple(sorted(items, key=lambda d: (d.alert.reference or "", d.alert.alert_id))))
        for key, items in sorted(groups.items())
    )
