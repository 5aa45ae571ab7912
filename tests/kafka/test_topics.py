"""Topics: created as the design's table says, and every difference is named."""

import asyncio
import dataclasses

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.topics import Cleanup, Topics, TopicSpec
from tests.kafka.probe import Outgoing, produce, read_all

DAY_MS = 86_400_000

# The design's table of topics, by hand: name → cleanup, days kept.
DESIGN = {
    "brudvagt.reports": ("delete", 30),
    "brudvagt.actions": ("delete", 30),
    "brudvagt.replays": ("delete", 30),
    "brudvagt.receipts": ("delete", 30),
    "brudvagt.facts": ("delete", 30),
    "brudvagt.cases": ("compact", None),
    "brudvagt.intake": ("compact", None),
    "brudvagt.chains": ("compact", None),
    "brudvagt.alerts": ("delete", 30),
    "brudvagt.deliveries": ("compact", None),
    "brudvagt.deadletters": ("delete", 365),
    "brudvagt.deadletters.raw": ("delete", 30),
}


def test_specs_are_the_designs_table() -> None:
    """Names, cleanup and retention of all twelve topics."""
    found = {}
    for spec in Topics().specs():
        kept = spec.configs.get("retention.ms")
        found[spec.name] = (spec.configs["cleanup.policy"], int(kept) // DAY_MS if kept else None)
    assert found == DESIGN


OWN = {
    "brudvagt.reports.657": ("brudvagt.reports", "form systems of 657"),
    "brudvagt.actions.657": ("brudvagt.actions", "DPO and controller tools of 657"),
    "brudvagt.receipts.657": ("brudvagt.receipts", "intake, casework"),
    "brudvagt.cases.657": ("brudvagt.cases", "casework"),
}
"""The design's four topics of a municipality's own: whose settings they have, who writes."""


def test_a_municipalitys_own_topics_are_four_with_the_platforms_settings() -> None:
    """Behind the platform's, which are as without them; ingress has the tight limit on size, as there."""
    without, with_own = Topics().specs(), Topics(tenants=("657",)).specs()
    assert with_own[: len(without)] == without
    platform = {spec.name: spec for spec in without}
    assert {spec.name: spec.writer for spec in with_own[len(without) :]} == {name: one[1] for name, one in OWN.items()}
    for spec in with_own[len(without) :]:
        like = platform[OWN[spec.name][0]]
        assert dataclasses.replace(spec, name=like.name, writer=like.writer) == like


@pytest.mark.parametrize(
    ("topic", "tenant", "acts"),
    [
        ("brudvagt.reports.657", "657", False),
        ("brudvagt.actions.657", "657", True),
        ("brudvagt.actions.740", "740", True),  # not configured: a replay of what came when it was
        ("brudvagt.cases.657", "657", False),
        ("brudvagt.receipts.657", "657", False),
        ("brudvagt.actions", None, True),
        ("brudvagt.reports", None, False),
        ("brudvagt.replays", None, False),
        ("brudvagt.facts.657", None, False),
        ("brudvagt.reports.6570", None, False),
        ("brudvagt.reports.657.x", None, False),
        ("other.actions.657", None, False),
        ("xbrudvagt.actions.657", None, False),
    ],
)
def test_whose_a_topic_is_follows_from_its_name(topic: str, tenant: str | None, acts: bool) -> None:
    """The municipality's by prefix, kind and kommunekode, all of it; acts belong on actions topics alone."""
    topics = Topics(tenants=("657",))
    assert (topics.tenant(topic), topics.takes_acts(topic)) == (tenant, acts)


def test_intake_reads_the_platforms_ingress_and_every_own_one() -> None:
    """Without municipalities of their own exactly the three topics that it always read."""
    assert Topics().ingress == ("brudvagt.reports", "brudvagt.actions", "brudvagt.replays")
    own = ("brudvagt.reports.657", "brudvagt.actions.657", "brudvagt.reports.740", "brudvagt.actions.740")
    assert Topics(tenants=("657", "740")).ingress == (*Topics().ingress, *own)


def test_compacted_topics_have_the_designs_settings() -> None:
    """delete.retention 30 d, compaction lag 7 d, dirty ratio 0.1, segments of 64 MB."""
    compacted = [spec for spec in Topics().specs() if spec.cleanup is Cleanup.COMPACT]
    assert len(compacted) == 4
    for spec in compacted:
        assert spec.configs["delete.retention.ms"] == "2592000000"
        assert spec.configs["max.compaction.lag.ms"] == "604800000"
        assert spec.configs["min.cleanable.dirty.ratio"] == "0.1"
        assert spec.configs["segment.bytes"] == "67108864"


def test_replication_three_wants_two_in_sync() -> None:
    """A cluster's topics survive one lost replica; a single node needs only itself."""
    assert {s.configs["min.insync.replicas"] for s in Topics(replication=3).specs()} == {"2"}
    assert {s.configs["min.insync.replicas"] for s in Topics(replication=1).specs()} == {"1"}


def test_every_ingress_record_fits_the_raw_dead_letters() -> None:
    """Ingress takes 1 MiB; what keeps its bytes in base64 (4/3) with an envelope takes more."""
    limits = {s.name: int(s.configs["max.message.bytes"]) for s in Topics().specs()}
    assert limits["brudvagt.reports"] == limits["brudvagt.actions"] == 1_048_576
    assert limits["brudvagt.deadletters.raw"] > 1_048_576 * 4 // 3 + 100_000
    assert limits["brudvagt.replays"] > 1_048_576 * 4 // 3 + 100_000


async def test_created_topics_verify_clean_and_are_left_alone(connection: Connection, topics: Topics) -> None:
    """What was created is as designed, and creating again creates nothing."""
    assert await admin.verify(connection, topics.specs()) == []
    assert await admin.create(connection, topics.specs()) == ()
    states = await admin.describe(connection, topics.specs())
    assert set(states) == {spec.name for spec in topics.specs()}
    assert {(s.partitions, s.replication, s.without_leader) for s in states.values()} == {(4, 1, 0)}


async def test_broker_time_wins_over_the_senders(connection: Connection, topics: Topics) -> None:
    """A record on an ingress topic carries the time at which the broker took it."""
    await produce(connection, topics.reports, [Outgoing(b"x", timestamp_ms=1_000)])
    (record,) = await read_all(connection, topics.reports)
    assert record.timestamp_ms > 1_700_000_000_000


async def test_ingress_refuses_more_than_a_mebibyte(connection: Connection, topics: Topics) -> None:
    """The broker itself stops oversized records; the same bytes fit the raw dead letters."""
    huge = Outgoing(bytes(1_048_576 + 1))
    with pytest.raises(MessageSizeTooLargeError):
        await produce(connection, topics.reports, [huge])
    assert await produce(connection, topics.deadletters_raw, [huge])


async def test_verify_names_a_missing_topic(connection: Connection, topics: Topics) -> None:
    """A topic that is not there is a mismatch with a remedy."""
    stranger = dataclasses.replace(topics.specs()[0], name=f"{topics.prefix}.stranger")
    (mismatch,) = await admin.verify(connection, [stranger])
    assert (mismatch.topic, mismatch.found) == (stranger.name, "missing")
    assert "brudvagt topics create" in str(mismatch)


async def test_verify_names_another_partition_count(connection: Connection, topics: Topics) -> None:
    """Partition counts are compared, and the remedy does not suggest altering them."""
    wanted = dataclasses.replace(topics, partitions=6)
    mismatches = await admin.verify(connection, wanted.specs())
    assert {(m.setting, m.wanted, m.found) for m in mismatches} == {("number of partitions", "6", "4")}
    assert len(mismatches) == 12
    assert all("BRUDVAGT_PARTITIONS=4" in m.remedy for m in mismatches)


async def test_verify_names_another_replication(connection: Connection, topics: Topics) -> None:
    """Replicas are counted, not only configured."""
    wanted = dataclasses.replace(topics.specs()[0], replication=3)
    (mismatch,) = await admin.verify(connection, [wanted])
    assert (mismatch.setting, mismatch.wanted, mismatch.found) == ("replication factor", "3", "1")


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("reports", "message.timestamp.type", "CreateTime"),
        ("reports", "retention.ms", "60000"),
        ("reports", "max.message.bytes", "5000000"),
        ("cases", "cleanup.policy", "delete"),
        ("cases", "cleanup.policy", "compact,delete"),
        ("cases", "min.cleanable.dirty.ratio", "0.5"),
        ("cases", "segment.bytes", "1073741824"),
        ("deliveries", "unclean.leader.election.enable", "true"),
        ("chains", "min.insync.replicas", "2"),
    ],
)
async def test_verify_names_a_differing_setting(
    connection: Connection, topics: Topics, name: str, setting: str, value: str
) -> None:
    """A setting that somebody altered is named with both values and the command that mends it."""
    spec: TopicSpec = next(s for s in topics.specs() if s.name == f"{topics.prefix}.{name}")
    await alter(connection, spec, {setting: value})
    (mismatch,) = await admin.verify(connection, topics.specs())
    assert (mismatch.topic, mismatch.setting) == (spec.name, setting)
    assert (mismatch.wanted, mismatch.found) == (spec.configs[setting], value)
    assert f"--topic {spec.name} --add-config {setting}={spec.configs[setting]}" in mismatch.remedy


async def test_cluster_that_is_not_there_is_an_error_in_words() -> None:
    """An address where nothing listens names the address and what to check."""
    with pytest.raises(TopicsError, match=r"127\.0\.0\.1:9 cannot be used.*Check that it runs"):
        await admin.verify(Connection(servers=("127.0.0.1:9",)), Topics().specs())


async def alter(connection: Connection, spec: TopicSpec, changes: dict[str, str]) -> None:
    """Change settings of a topic behind Brudvagt's back, and wait until the broker shows them."""
    client = AIOKafkaAdminClient(**connection.client_kwargs())
    await client.start()
    try:
        configs = dict(spec.configs) | changes
        (answer,) = await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, spec.name, configs)])
        assert answer.resources[0][0] == 0
    finally:
        await client.close()
    async with asyncio.timeout(90):
        while True:
            state = (await admin.describe(connection, [spec]))[spec.name]
            if changes.items() <= state.configs.items():
                return
            await asyncio.sleep(0.02)
