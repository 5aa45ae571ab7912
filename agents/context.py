"""What every stage is given: topics, clock, dated data, contact plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.cases.admission import NOBODYS
from pipeline.cases.catalogue import Catalogue
from pipeline.clock.policy import Policy
from pipeline.kafka.topics import Topics
from pipeline.plans.plan import ContactPlan
from pipeline.timebase import Clock


@dataclass(frozen=True, slots=True)
class Context:
    """Read once at start; stages hold nothing else from outside."""

    topics: Topics
    clock: Clock
    catalogue: Catalogue
    plans: Mapping[str, ContactPlan]
    deploy: Path
    digest_key: bytes

    def plan(self, municipality: str) -> ContactPlan:
        """Returns the municipality's plan, or the one of last resort."""
        return self.plans.get(municipality) or self.plans[NOBODYS]

    def policy(self, policy_hash: str) -> Policy:
        """Returns the policy a case was opened under; raises LookupError if this installation lacks it."""
        for policy in self.catalogue.policies:
            if policy.hash == policy_hash:
                return policy
        raise LookupError(f"no policy with hash {policy_hash[:12]}: this installation lacks a released file")

    def received_at(self, timestamp_ms: int) -> datetime:
        """Returns the broker's time of a record as aware UTC on the shown clock."""
        return datetime.fromtimestamp(self.clock.shown(timestamp_ms / 1000), UTC)
