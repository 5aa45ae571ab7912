"""From which moment the law counts: the first signal to any part of the controller, and a person's correction of it.

Pure over a set of facts: order and repetition do not matter, and no further report moves the moment later. Sources:
domain.md §2.1 (guidelines 9/2022 para 31-34, Datatilsynet 2020-442-8866 and 2021-442-13805), GDPR Art. 33(2).
"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.clock.claims import Claims, Signal, read_claims
from pipeline.clock.correction import corrected
from pipeline.clock.policy import NoPolicy, Policy, choose
from pipeline.clock.rules import PolicyStatus, Trigger
from schemas.case import Awareness
from schemas.facts import Fact


def awareness(
    facts: Sequence[Fact], policies: Sequence[Policy], trigger: str = Trigger.CONTROLLER_AWARE_AT
) -> Awareness | None:
    """Returns when the controller was signalled and when it counts as aware; None while nobody has reported anything.

    `facts` in any order, also twice. The cap of an investigation comes from the policy of the uncorrected signal.
    Beside the schema's fields the answer carries `doubted`: claims that count although they look mistyped, in words.
    Raises NoPolicy if no policy is in force for `trigger` at all.
    """
    claims = read_claims(facts)
    if not claims.broker:
        return None
    floor = first_start(policies, trigger)
    signals = [Signal(one.fact_id, max(one.at, floor), one.kind, one.told_at) for one in claims.signals]
    first = min(signals, key=lambda one: (one.at, one.fact_id))
    policy = choose(policies, first.at, trigger)
    correction, refused = corrected(facts, signals, claims.broker, policy.awareness_cap, floor)
    return Awareness(
        signal_at=first.at,
        signal_fact=first.fact_id,
        aware_at=first.at if correction is None else correction.aware_at,
        corrected_by=None if correction is None else correction.fact_id,
        claimed_at=None if correction is None else correction.claimed_at,
        discovered_by_other_at=min(claims.by_others, default=None),
        ignored=tuple(sorted({*claims.ignored, *refused})),
        doubted=_doubts(claims, policy, floor),
    )


def first_start(policies: Sequence[Policy], trigger: str = Trigger.CONTROLLER_AWARE_AT) -> datetime:
    """Returns the first moment at which any policy for `trigger` was law: no duty under it can be older.

    Raises NoPolicy if none is in force.
    """
    starts = [
        policy.starts_at
        for policy in policies
        if policy.trigger == trigger and policy.status is PolicyStatus.IN_FORCE and policy.starts_at is not None
    ]
    if not starts:
        raise NoPolicy(f"no policy is in force for {trigger}; add its file to the policies")
    return min(starts)


def _doubts(claims: Claims, policy: Policy, floor: datetime) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                one.doubt(floor)
                for one in claims.signals
                if one.told_at - one.at > policy.claim_doubted_after or one.at < floor
            }
        )
    )
