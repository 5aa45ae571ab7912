"""Asking many topics for their ends costs as few requests as asking one, and reads nothing of them."""

import secrets
from collections import Counter
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.ruler import Ruler
from tests.engine import kafka_tools
from tests.engine.bench import RealCluster
from tests.engine.toy import PlainConnection

TOPICS = 20


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What clients of this process ask the broker for, by the kind of request."""
    asked: Counter[str] = Counter()
    send, refresh = AIOKafkaClient.send, AIOKafkaClient._metadata_update

    async def sending(client: AIOKafkaClient, node: object, request: object, **more: object) -> object:
        asked[type(request).__name__] += 1
        return await send(client, node, request, **more)

    async def refreshing(client: AIOKafkaClient, cluster: object, topics: object) -> object:
        asked["metadata"] += 1
        return await refresh(client, cluster, topics)

    monkeypatch.setattr(AIOKafkaClient, "send", sending)
    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", refreshing)
    return asked


async def ends_of(broker: EmbeddedKafka, topics: Sequence[str]) -> dict[TopicPartition, int]:
    """Returns the ends of both partitions of each."""
    ruler = Ruler(PlainConnection(broker.bootstrap), topics)
    await ruler.start()
    try:
        return dict(await ruler.end_offsets([TopicPartition(topic, number) for topic in topics for number in (0, 1)]))
    finally:
        await ruler.stop()


async def test_many_topics_are_asked_in_one_request(broker: EmbeddedKafka, requests: Counter[str]) -> None:
    """aiokafka alone fetches metadata once for each topic and waits 100 ms in between: 25 s with 199 of them."""
    topics = [f"r{secrets.token_hex(4)}" for _ in range(TOPICS)]
    await kafka_tools.create_topics(broker.bootstrap, topics, count=2)
    await RealCluster(broker.bootstrap).put(topics[7], (b"k", b"1"), (b"k", b"2"))
    await ends_of(broker, topics)  # the leaders of new topics do not know at once that they are
    requests.clear()
    ends = await ends_of(broker, topics)
    assert {part: end for part, end in ends.items() if end} == {TopicPartition(topics[7], 0): 2}
    assert len(ends) == 2 * TOPICS
    assert requests["metadata"] <= 2
    assert {kind: count for kind, count in requests.items() if kind != "metadata"} == {"OffsetRequest": 1}
