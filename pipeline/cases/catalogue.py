"""The dated data that a case is judged by: policies and rule sets, read once at start."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.clock.policy import Policy, load_policies
from pipeline.severity.ruleset import RuleSet, load_rulesets


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every version of the law and of the severity rules that this installation knows."""

    policies: tuple[Policy, ...]
    rulesets: tuple[RuleSet, ...]

    @classmethod
    def load(cls, deploy: Path) -> "Catalogue":
        """Reads `policies/` and `rulesets/` under `deploy`; raises what their loaders raise, naming file and field."""
        return cls(load_policies(deploy / "policies"), load_rulesets(deploy / "rulesets"))
