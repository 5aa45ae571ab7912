"""Which policy governs a case when a correction has carried its awareness over the border between two policies.

The policy of the uncorrected signal is the law's choice. If the corrected awareness lies under another one, the earlier
of the two deadlines holds until a person has chosen (`policy.chosen`); a machine never moves a deadline later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.clock.deadline import strict
from pipeline.clock.policy import NoPolicy, Policy, choose
from pipeline.clock.rules import Trigger
from schemas.case import Awareness
from schemas.facts import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Governing:
    """The policy that holds, the other one across the border if there is one, and the fact that chose between them."""

    policy: Policy
    other: Policy | None = None
    chosen_by: str | None = None

    @property
    def choice_owed(self) -> bool:
        """Says whether a person still has to choose."""
        return self.other is not None and self.chosen_by is None


def governing(
    aware: Awareness,
    facts: Sequence[Fact],
    policies: Sequence[Policy],
    trigger: str = Trigger.CONTROLLER_AWARE_AT,
) -> Governing:
    """Returns the policy that a case with this awareness stands under; `facts` in any order.

    A choice counts if it names one of the two policies, by id or by version; the latest one (recorded, then id) holds.
    Raises NoPolicy as `choose` does for the uncorrected signal.
    """
    by_signal = choose(policies, aware.signal_at, trigger)
    try:
        by_correction = choose(policies, aware.aware_at, trigger)
    except NoPolicy:  # corrected to before the first law: nothing to choose from
        return Governing(by_signal)
    if by_correction.hash == by_signal.hash:
        return Governing(by_signal)
    earlier, later = sorted((by_signal, by_correction), key=lambda one: (strict(aware.aware_at, one), one.name))
    choices = [
        (fact.recorded_at, fact.fact_id, named)
        for fact in facts
        if fact.kind == FactKind.POLICY_CHOSEN
        for named in (by_signal, by_correction)
        if _names(fact.body.get("policy"), named, by_signal, by_correction)
    ]
    if not choices:
        return Governing(earlier, later)
    _, fact_id, policy = max(choices, key=lambda one: one[:2])
    return Governing(policy, later if policy is earlier else earlier, fact_id)


def _names(text: object, policy: Policy, first: Policy, second: Policy) -> bool:
    """Says whether `text` names `policy` and not the other one: an id that both share names neither."""
    return text == policy.name or (text == policy.id and first.id != second.id)
