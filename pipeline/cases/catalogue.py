"""The data that a case is judged by: policies and rule sets, both dated, and when it asks to be closed; read once at start."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from pipeline.cases.keeping import FILE, UNCLOSED_EVERY, load_keeping
from pipeline.clock.policy import Policy, load_policies
from pipeline.clock.rules import Trigger
from pipeline.severity.ruleset import RuleSet, load_rulesets
from schemas.heartbeat import is_beat

ROOT = Path(__file__).parents[2]
JUDGES_BY = ("pipeline/cases", "pipeline/clock", "pipeline/severity", "schemas")
"""Where the code lies that makes a record of facts."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every version of the law and of the severity rules that this installation knows."""

    policies: tuple[Policy, ...]
    rulesets: tuple[RuleSet, ...]
    unclosed_every: timedelta = UNCLOSED_EVERY  # so often a case on which nothing is owed asks to be closed
    mark: str = field(init=False)
    """32 hex digits for code and data together: a record with another mark may say something else of the same facts.

    As long as a fact's id: of fewer digits some read as a CPR number, and an auditor knows this length by sight.
    """

    def __post_init__(self) -> None:
        """Takes the mark."""
        hashes = (*(one.hash for one in self.policies), *(one.hash for one in self.rulesets))
        parts = (_code(), *hashes, str(self.unclosed_every))
        object.__setattr__(self, "mark", hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32])

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
        """Reads `policies/`, `rulesets/` and, if it is there, `retention.yaml` under `deploy`; raises what their loaders
        raise, naming file and field.
        """
        every = load_keeping(deploy).unclosed_every if (deploy / FILE).exists() else UNCLOSED_EVERY
        return cls(load_policies(deploy / "policies"), load_rulesets(deploy / "rulesets"), every)


@cache
def _code() -> str:
    """Returns a digest of every module that takes part in a projection."""
    found = hashlib.sha256()
    for path in sorted(path for folder in JUDGES_BY for path in (ROOT / folder).glob("*.py")):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()
