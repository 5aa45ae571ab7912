"""What the tests of the clock share: the shipped policies."""

from pathlib import Path

import pytest

from pipeline.clock.policy import Policy, load_policies

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"


@pytest.fixture(scope="session")
def policies() -> tuple[Policy, ...]:
    """The shipped policies."""
    return load_policies(POLICIES)


@pytest.fixture(scope="session")
def gdpr(policies: tuple[Policy, ...]) -> Policy:
    """The law today, GDPR Art. 33."""
    return next(policy for policy in policies if policy.id == "gdpr33-dk")
