"""What the machine advises on the risk to people, with everything that led to it."""

from enum import StrEnum

from schemas.actions import Outcome
from schemas.shape import Kept


class Band(StrEnum):
    """The score's level after the rules; `very_high` is urgency on top of the law's `high_risk`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Factor(Kept):
    """One part of the score: what was looked at, the value found, its weight, the fact and the rule's source."""

    name: str
    value: str
    weight: float
    fact_id: str | None = None
    source: str


class RuleFired(Kept):
    """One override rule that fired or was blocked."""

    rule: str
    effect: str  # floor:high, ceiling:low, notify, flag
    because: str
    source: str
    blocked_by: str | None = None


class Missing(Kept):
    """A fact worth asking for: the question's field and the band that each answer would lead to."""

    field: str
    question_da: str
    question_en: str
    leads_to: dict[str, Band]


class Assessment(Kept):
    """The machine's advice: `outcome` as it stands, `worst` if the unknowns are at their plausible worst."""

    outcome: Outcome
    band: Band
    worst: Outcome
    worst_band: Band
    score: float
    dpc: float
    ei: float
    cb: float
    notify_authority: bool
    inform_subjects: bool
    safety: bool  # a protected address or a person's safety is involved, or hinted at
    factors: tuple[Factor, ...] = ()
    rules: tuple[RuleFired, ...] = ()
    missing: tuple[Missing, ...] = ()
    ruleset: str
    ruleset_hash: str
