"""What the engine may expect of Kafka: one suite for the Kafka in memory and for a real one.

Whoever changes the one in memory learns here whether it still behaves like Kafka.
"""

import asyncio

import pytest

from pipeline.engine.errors import EngineError, TopicMismatch
from pipeline.engine.port import Inbox, Outbox, Reach
from pipeline.engine.record import Record, Row
from tests.engine.bench import Cluster


async def open_transaction(outbox: Outbox, topic: str, *rows: Row) -> None:
    """Writes rows and leaves their transaction open."""
    await outbox.begin()
    for acknowledgement in await outbox.produce(topic, 0, rows):
        await acknowledgement


async def scanned(cluster: Cluster, topic: str) -> list[tuple[bytes, bytes | None]]:
    """Returns what recovery reads."""
    return [row async for rows in cluster.port().scan(topic, 0) for row in rows]


async def fetched(inbox: Inbox, count: int, timeout_s: float = 90.0) -> list[Record]:
    """Fetches until so many records have come."""
    records: list[Record] = []
    async with asyncio.timeout(timeout_s):
        while len(records) < count:
            records += await inbox.fetch(100, 0.1)
    return records


async def test_only_what_was_committed_is_read_and_in_order(cluster: Cluster) -> None:
    """Rows of a committed transaction come with their headers; those of one that the next owner's fence ended never do."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    first, second = cluster.port().outbox("id"), cluster.port().outbox("id")
    await first.fence()
    await open_transaction(first, topic, Row(b"a", b"1", (("kind", b"x"),)), Row(b"a", b"2"), Row(b"b", None))
    await first.commit()
    await open_transaction(first, topic, Row(b"a", b"WRONG"))
    await second.fence()
    await open_transaction(second, topic, Row(b"c", b"3"))
    await second.commit()
    inbox = await cluster.port().inbox([topic], 0, {})
    records = await fetched(inbox, 4)
    assert [(one.key, one.value, one.headers) for one in records] == [
        (b"a", b"1", (("kind", b"x"),)), (b"a", b"2", ()), (b"b", None, ()), (b"c", b"3", ()),
    ]  # fmt: skip
    assert [one.offset for one in records] == sorted({one.offset for one in records})
    assert await scanned(cluster, topic) == [(b"a", b"1"), (b"a", b"2"), (b"b", None), (b"c", b"3")]
    for client in (inbox, second, first):
        await client.close()


async def test_an_older_owner_can_neither_commit_nor_send(cluster: Cluster) -> None:
    """Fenced in the middle of a transaction, or before it begins one: it fails, and nothing of it is ever visible."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    older, other, newer = (cluster.port().outbox(name) for name in ("id", "other", "id"))
    await older.fence()
    await other.fence()
    await open_transaction(older, topic, Row(b"k", b"WRONG"))
    await newer.fence()
    with pytest.raises(Exception) as refused:  # noqa: PT011  # its type is the client's own
        await older.commit()
    assert "Fenced" in type(refused.value).__name__
    await open_transaction(newer, topic, Row(b"k", b"right"))
    await newer.commit()
    await open_transaction(other, topic, Row(b"k", b"another id is not touched"))
    await other.commit()
    assert [value for _, value in await cluster.read(topic)] == [b"right", b"another id is not touched"]
    for client in (older, other, newer):
        await client.close()


async def test_an_open_transaction_holds_back_what_stands_behind_it(cluster: Cluster) -> None:
    """Readers stop at the last stable offset, see how far the end is, and go on once a fence has ended the transaction."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    await cluster.put(topic, (b"k", b"before"))
    dead, inbox = cluster.port().outbox("id"), await cluster.port().inbox([topic], 0, {})
    await dead.fence()
    await open_transaction(dead, topic, Row(b"k", b"WRONG"))
    await cluster.put(topic, (b"k", b"behind"))
    assert [one.value for one in await fetched(inbox, 1)] == [b"before"]
    async with asyncio.timeout(90):
        while inbox.reach()[topic].end < 3:  # a broker tells it in the answer to a long poll
            assert await inbox.fetch(100, 0.1) == []
    assert inbox.reach()[topic] == Reach(position=1, stable=1, end=3)
    assert await scanned(cluster, topic) == [(b"k", b"before")]
    successor = cluster.port().outbox("id")
    await successor.fence()
    assert [one.value for one in await fetched(inbox, 1)] == [b"behind"]
    for client in (inbox, dead, successor):
        await client.close()


async def test_a_reader_starts_where_it_is_told(cluster: Cluster) -> None:
    """At a position, else at the beginning; its ends are those of opening, and its reach arrives there."""
    one, other = f"{cluster.prefix}-t", f"{cluster.prefix}-u"
    await cluster.create(one, other)
    await cluster.put(one, *((b"k", b"%d" % number) for number in range(5)))
    await cluster.put(other, (b"k", b"only"))
    inbox = await cluster.port().inbox([one, other], 0, {one: 3})
    assert inbox.ends == {one: 5, other: 1}
    await cluster.put(one, (b"k", b"late"))
    records = await fetched(inbox, 4)
    assert [record.value for record in records if record.topic == one] == [b"3", b"4", b"late"]
    assert [record.value for record in records if record.topic == other] == [b"only"]
    assert inbox.ends == {one: 5, other: 1}
    assert {topic: reach.position for topic, reach in inbox.reach().items()} == {one: 6, other: 1}
    await inbox.close()


async def test_a_position_beyond_the_end_is_refused_in_words(cluster: Cluster) -> None:
    """An input topic that was deleted and made anew must not be read as if nothing had happened."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    await cluster.put(topic, (b"k", b"x"))
    with pytest.raises(EngineError, match="made anew"):
        await cluster.port().inbox([topic], 0, {topic: 7})


async def test_an_empty_topic_is_read_to_its_end_at_once(cluster: Cluster) -> None:
    """Recovery of a stage that never ran."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    assert await scanned(cluster, topic) == []


async def test_missing_topics_are_named(cluster: Cluster) -> None:
    """What is there is counted; what is not is told by name."""
    topic = f"{cluster.prefix}-t"
    await cluster.create(topic)
    await cluster.put(topic, (b"k", b"x"))
    assert await cluster.port().partition_counts([topic]) == {topic: 1}
    with pytest.raises(TopicMismatch, match=f"{cluster.prefix}-none"):
        await cluster.port().partition_counts([topic, f"{cluster.prefix}-none"])
