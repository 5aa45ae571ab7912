"""Fixtures of the engine's tests: the same bench in memory and on the session's real Kafka."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.engine.bench import Cluster, MemoryCluster, RealCluster


@pytest.fixture
async def fenced() -> AsyncIterator[None]:
    """For tests that fence producers: aiokafka leaves futures whose error nobody asks for.

    The collector would have them told of in the middle of a later test; and where it runs while a source is parsed,
    Python 3.11 ends the run with a SystemError, for telling of a traceback parses too.
    """
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    yield
    gc.collect()


@pytest.fixture(params=["memory", "kafka"])
def cluster(request: pytest.FixtureRequest, fenced: None) -> Iterator[Cluster]:
    """Topics of one partition, once in memory and once on the real broker."""
    if request.param == "memory":
        yield MemoryCluster()
    else:
        yield RealCluster(request.getfixturevalue("broker").bootstrap)
