"""Which risk a case is held to carry, through time: the machine's advice and, beside it, a person's own assessment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pipeline.cases.kinds import last_of, of_kind, of_kinds
from pipeline.cases.stopping import no_breach
from pipeline.severity.assess import assess
from pipeline.severity.ruleset import RuleSet
from schemas.actions import Outcome
from schemas.assessment import Assessment
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

GRAVITY = {Outcome.UNLIKELY_RISK: 0, Outcome.RISK: 1, Outcome.HIGH_RISK: 2}
ASSESSORS = frozenset({Role.DPO, Role.DEPUTY, Role.DECISION_MAKER})
_ANSWERS = (FactKind.RECIPIENT_CONFIRMED, FactKind.TASK_DONE, FactKind.TASK_UNANSWERED)
BEARING = frozenset(
    str(kind)
    for kind in REPORTS
    | {FactKind.RECIPIENT_CONFIRMED, FactKind.TASK_DONE, FactKind.TASK_UNANSWERED, FactKind.ASSESSMENT_STATED}
)
"""The kinds of fact that can change the risk."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What is held now; where that is high, since when first; where it is graver than what was decided on, since when."""

    assessment: Assessment
    outcome: Outcome  # effective
    human: Fact | None
    high_since: datetime | None
    graver_since: datetime | None
    high_at: Callable[[datetime], bool]  # whether it was held to be high at a time


def risk(facts: Sequence[Fact], ruleset: RuleSet, municipality: str) -> Risk:
    """Returns the risk that ordered `facts` show. A person's assessment holds until a report comes after it, or an answer
    that makes it graver.
    """
    assessment = assess(facts, ruleset, municipality)
    human = last_word(facts)
    bearing = list(of_kinds(facts, BEARING))
    outcome = _effective(bearing, assessment, ruleset, municipality)
    decided = _decided(facts)
    high_since = graver_since = None
    outcomes = partial(_outcomes, bearing, ruleset, municipality)
    if outcome is Outcome.HIGH_RISK:
        high_since = next((at for at, one in outcomes() if one is Outcome.HIGH_RISK), None)
    if decided is not None and outcome is not Outcome.UNLIKELY_RISK:
        held = _held(bearing, decided, ruleset, municipality)
        if GRAVITY[outcome] > held:
            graver_since = next((at for at, one in outcomes(after=decided) if GRAVITY[one] > held), None)
    high = GRAVITY[Outcome.HIGH_RISK]
    return Risk(
        assessment, outcome, human, high_since, graver_since,
        lambda at: _held(bearing, at, ruleset, municipality) == high,
    )  # fmt: skip


def _decided(facts: Sequence[Fact]) -> datetime | None:
    """Returns when it was last decided on the risk: by the controller, or by closing the case as no breach."""
    found = (last_of(facts, FactKind.CONTROLLER_DECIDED), no_breach(facts))
    return max((one.recorded_at for one in found if one is not None), default=None)


def last_word(facts: Sequence[Fact]) -> Fact | None:
    """Returns the latest assessment by somebody whose assessment counts."""
    stated = of_kind(facts, FactKind.ASSESSMENT_STATED)
    return next((fact for fact in reversed(stated) if fact.by.role in ASSESSORS), None)


def _effective(bearing: Sequence[Fact], assessment: Assessment, ruleset: RuleSet, municipality: str) -> Outcome:
    human = last_word(bearing)
    if human is None:
        return assessment.outcome
    stated = Outcome(str(human.body["outcome"]))
    told = max((fact.recorded_at for fact in of_kinds(bearing, REPORTS)), default=human.recorded_at)
    if human.recorded_at >= told and not _learnt(bearing, human, assessment, ruleset, municipality):
        return stated
    return max(stated, assessment.outcome, key=GRAVITY.__getitem__)


def _learnt(bearing: Sequence[Fact], human: Fact, assessment: Assessment, ruleset: RuleSet, municipality: str) -> bool:
    """Whether an answer that came after a person's assessment makes the machine's graver: a protected address found."""
    if not any(fact.recorded_at > human.recorded_at for fact in of_kinds(bearing, _ANSWERS)):
        return False
    before = assess([fact for fact in bearing if fact.recorded_at <= human.recorded_at], ruleset, municipality)
    return GRAVITY[assessment.outcome] > GRAVITY[before.outcome]


def _held(bearing: Sequence[Fact], at: datetime, ruleset: RuleSet, municipality: str) -> int:
    """Returns how grave the case was held to be at `at`."""
    known = [fact for fact in bearing if fact.recorded_at <= at]
    return GRAVITY[_effective(known, assess(known, ruleset, municipality), ruleset, municipality)]


def _outcomes(
    bearing: Sequence[Fact], ruleset: RuleSet, municipality: str, *, after: datetime | None = None
) -> Iterator[tuple[datetime, Outcome]]:
    """Yields what was held after each fact that can change it, from `after` on; whoever asks stops at the first that fits."""
    for index, fact in enumerate(bearing):
        if after is None or fact.recorded_at > after:
            prefix = bearing[: index + 1]
            yield fact.recorded_at, _effective(prefix, assess(prefix, ruleset, municipality), ruleset, municipality)
