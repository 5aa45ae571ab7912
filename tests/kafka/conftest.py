"""One secured Kafka, and one authorization server whose tokens it takes, for all tests of this folder that ask."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.issuer import Issuer, issuer
from tests.kafka.secured import SecuredPorts, secured_broker


@pytest.fixture(scope="session")
def issuing() -> Iterator[Issuer]:
    """The authorization server."""
    with issuer() as made:
        yield made


@pytest.fixture(scope="session")
def doors(issuing: Issuer) -> Iterator[SecuredPorts]:
    """The broker."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-secured-", ignore_cleanup_errors=True) as directory,
        secured_broker(Path(directory), issuing.key) as ports,
    ):
        yield ports
