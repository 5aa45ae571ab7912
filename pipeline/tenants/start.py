"""What a casework worker makes sure of before it works."""

from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.tenants.complete import complete
from pipeline.tenants.left import refuse_left


async def make_sure(connection: Connection, topics: Topics) -> None:
    """No municipality's topics are forgotten, and each one's copy of its cases is complete. Raises TopicsError."""
    await refuse_left(connection, topics)
    await complete(connection, topics)
