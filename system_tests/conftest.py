"""What the tests of the whole share with the others: the real Kafka, and a pipeline in motion."""

from tests.agents.conftest import running, shared
from tests.conftest import broker, connection

__all__ = ["broker", "connection", "running", "shared"]
