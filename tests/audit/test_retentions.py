"""How long the topics keep their records: the brokers' word counts, and the design's where they give none."""

from datetime import timedelta

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from pipeline.audit.retentions import designed, retentions
from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics

SEVEN_DAYS = timedelta(days=7)


async def altered(connection: Connection, topic: str, **configs: str) -> None:
    """Sets a topic's settings as an operator does."""
    named = {name.replace("_", "."): value for name, value in configs.items()}
    async with admin.admin_client(connection) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])


async def test_what_an_operator_has_set_counts(connection: Connection, topics: Topics) -> None:
    """Shorter, for ever, compacted, and as designed."""
    await altered(connection, topics.reports, retention_ms=str(7 * 86_400_000))
    await altered(connection, topics.facts, retention_ms="-1")
    found = await retentions(connection, topics)
    assert (found[topics.reports], found[topics.facts], found[topics.cases]) == (SEVEN_DAYS, None, None)
    assert found[topics.alerts] == timedelta(days=30)


async def test_an_auditor_without_the_right_takes_the_design(topics: Topics) -> None:
    """Brokers that do not tell, as one that is not there: thirty days, and the alarm still has something to go by."""
    nowhere = Connection(servers=("127.0.0.1:9",))
    assert await retentions(nowhere, topics) == designed(topics)
    assert designed(topics)[topics.reports] == timedelta(days=30)
