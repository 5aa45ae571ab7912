"""Where rows of a backup go when the number of partitions is another: by their key, and indexes with their alert."""

from collections.abc import Iterable

import orjson

from pipeline.backup import placing
from pipeline.backup.content import Row
from schemas.alert import Alert, Level
from schemas.delivery import Delivery, DeliveryStatus
from tests.agents.running import MONDAY_MORNING

# Partitions of the keys "657-7F3KQ-2M9XB-T" and "657" by Kafka's own rule: see `hashed`.
REF = "657-7F3KQ-2M9XB-T"


def hashed(key: str, count: int) -> int:
    """Kafka's rule, written out anew: murmur2 with seed 0x9747b28c, sign bit off, modulo the count."""
    data, m, mask = key.encode(), 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return ((h ^ (h >> 15)) & 0x7FFFFFFF) % count


def story(alert_id: str, level: Level, *, sent: bool = False, reference: str | None = REF) -> bytes:
    """Returns one delivery."""
    alert = Alert(
        alert_id=alert_id, kind="case", level=level, municipality="657", reference=reference, obligation="acknowledge",
        rung="opening", recipient="dpo", role="dpo", channel="mail", created_at=MONDAY_MORNING, supersedes="thread",
    )  # fmt: skip
    status = DeliveryStatus.SENT if sent else DeliveryStatus.WAITING
    return Delivery(alert=alert, status=status, sent_at=MONDAY_MORNING if sent else None).encode()


def placed(rows: Iterable[Row], before: int, after: int) -> list[Row]:
    """Returns where rows go that can be read again, as a file's."""
    known = list(rows)
    return list(placing.placed(lambda: iter(known), before, after))


def test_with_the_same_count_nothing_moves() -> None:
    """Byte by byte, also what would not hash there."""
    rows = [Row("cases", 3, b"anything", b"1"), Row("deliveries", 2, b"newest/x", b"a")]
    assert placed(rows, 4, 4) == rows


def test_cases_and_chains_go_where_their_key_hashes() -> None:
    """By Kafka's own rule."""
    rows = [Row(table, 0, REF.encode(), b"{}") for table in ("cases", "chains")]
    for count in (1, 6, 7, 12):
        assert {row.partition for row in placed(rows, 4, count)} == {hashed(REF, count)}


def test_alerts_go_where_routing_sends_them_and_their_indexes_with_them() -> None:
    """A digest item lies with its municipality, other alerts with their case; the index of a case is split or joined."""
    split = next(n for n in range(2, 99) if hashed(REF, n) != hashed("657", n))
    joined = next(n for n in range(2, 99) if hashed(REF, n) == hashed("657", n) and n != split)
    apart = [
        Row("deliveries", hashed(REF, split), b"act", story("act", Level.ACT)),
        Row("deliveries", hashed("657", split), b"item", story("item", Level.DIGEST)),
        Row("deliveries", hashed(REF, split), b"newest/thread", b"act"),
        Row("deliveries", hashed(REF, split), b"case/" + REF.encode(), b'["act"]'),
        Row("deliveries", hashed("657", split), b"case/" + REF.encode(), b'["item"]'),
    ]
    together = placed(apart, split, joined)
    assert {row.partition for row in together} == {hashed(REF, joined)}
    (index,) = (row.value for row in together if row.key.startswith(b"case/"))
    assert sorted(orjson.loads(index)) == ["act", "item"]
    assert sorted(placed(together, joined, split), key=repr) == sorted(apart, key=repr)


def test_an_alert_that_stood_twice_keeps_the_story_that_reached_the_person() -> None:
    """Two partitions become one: what was sent is not sent again."""
    sent = story("a", Level.ACT, sent=True, reference=None)
    for order in (0, 1):
        rows = [
            Row("deliveries", order, b"a", sent),
            Row("deliveries", 1 - order, b"a", story("a", Level.ACT, reference=None)),
        ]
        rows += [Row("deliveries", number, b"newest/thread", b"a") for number in (0, 1)]
        found = placed(sorted(rows, key=lambda row: row.partition), 2, 1)
        assert found == [Row("deliveries", 0, b"a", sent), Row("deliveries", 0, b"newest/thread", b"a")]
