"""The dated data that a case is judged by: policies and rule sets, read once at start."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.clock.policy import Policy, load_policies
from pipeline.clock.rules import Trigger
from pipeline.severity.ruleset import RuleSet, load_rulesets
from schemas.heartbeat import is_beat


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every version of the law and of the severity rules that this installation knows."""

    policies: tuple[Policy, ...]
    rulesets: tuple[RuleSet, ...]

    def trigger(self, municipality: str) -> Trigger:
        """Returns what the municipality's cases count from. An installation without a ladder for the heartbeat climbs
        the law's with it: the opening rung rings too.
        """
        for policy in self.policies if is_beat(municipality) else ():
            if policy.trigger is Trigger.HEARTBEAT_SENT_AT:
                return Trigger.HEARTBEAT_SENT_AT
        return Trigger.CONTROLLER_AWARE_AT

    @classmethod
    def load(cls, deploy: Path) -> "Catalogue":
        """Reads `policies/` and `rulesets/` under `deploy`; raises what their loaders raise, naming file and field."""
        return cls(load_policies(deploy / "policies"), load_rulesets(deploy / "rulesets"))
