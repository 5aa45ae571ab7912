"""Fixtures of the engine's tests: the same bench in memory and on the session's real Kafka."""

import gc
from collections.abc import Iterator

import pytest

from tests.engine.bench import Cluster, MemoryCluster, RealCluster


@pytest.fixture
def fenced() -> Iterator[None]:
    """For tests that fence producers: aiokafka's futures complain when collected, which is to be here, not in a later test."""
    yield
    gc.collect()


@pytest.fixture(params=["memory", "kafka"])
def cluster(request: pytest.FixtureRequest, fenced: None) -> Iterator[Cluster]:
    """Topics of one partition, once in memory and once on the real broker."""
    if request.param == "memory":
        yield MemoryCluster()
    else:
        yield RealCluster(request.getfixturevalue("broker").bootstrap)
