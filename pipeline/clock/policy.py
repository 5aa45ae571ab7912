"""Policies: the law as dated, immutable data. Hours, threshold, ladder, channel and template each moved in the drafts.

A released file never changes: a new version is a new file with a later `valid_from`, which ends the one before it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from pipeline.clock.durations import Duration
from pipeline.clock.rules import (
    AcknowledgementRule,
    From,
    Part,
    PolicyStatus,
    Reminder,
    RungRule,
    Signs,
    Step,
    Threshold,
    TimeOfDay,
    Trigger,
)
from pipeline.clock.yamlfile import NotYaml, read_mapping
from schemas.case import ObligationName
from schemas.times import COPENHAGEN

ON_THE_LADDER = (ObligationName.ACKNOWLEDGE, ObligationName.ADVISE, ObligationName.DECIDE, ObligationName.SUBMIT)
OF_AN_INCIDENT = (
    ObligationName.NIS2_EARLY_WARNING,
    ObligationName.NIS2_NOTIFICATION,
    ObligationName.NIS2_FINAL_REPORT,
)
"""What a significant incident's own clock asks for, beside the ladder of the breach and never in its stead."""
FINAL_REPORT = "final_report"
INFORM_URGENTLY = "inform_subjects_urgent"
REMINDED = frozenset(
    {*(str(name) for name in ObligationName if name not in (*ON_THE_LADDER, *OF_AN_INCIDENT)), INFORM_URGENTLY}
)
"""What has a reminder series of its own; the other obligations are what the ladder's rungs ask for."""


class PolicyError(ValueError):
    """A policy file cannot be used; says which file, which field, why, and what to write."""


class NoPolicy(LookupError):
    """No policy in force covers that time, or none has that name."""


class Policy(Part):
    """One version of one rule of law, with everything that is counted by it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    version: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")  # SHA-256 of the file's bytes
    status: PolicyStatus
    valid_from: date | None = None  # from 00:00 Danish time
    valid_to: date | None = None  # the first day on which it no longer applies
    legal_basis: str
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")
    trigger: Trigger
    threshold: Threshold
    deadline: Duration = Field(gt=timedelta(0))
    late_reason_required: bool
    channel: str
    fallback_channel: str | None = None
    channel_valid_from: date | None = None
    template: str
    steps: tuple[Step, ...] = ()
    carried_when: Signs | None = None  # by which signs a case carries this clock beside its first; None: by none
    awareness_cap: Duration = Field(ge=timedelta(0))  # an investigation moves awareness later by so much at most
    claim_doubted_after: Duration = Field(gt=timedelta(0))  # an older claim counts, and is flagged as perhaps mistyped
    rungs: tuple[RungRule, ...] = Field(min_length=1)
    overdue_every: Duration = Field(gt=timedelta(0))
    reminders: Mapping[str, Reminder]
    page_within: Duration  # `page` from so much time left on, while nothing is filed or decided
    act_reserve: Duration  # quiet hours delay an `act` only if so much is left at the next opening
    digest_time: TimeOfDay
    acknowledgement: AcknowledgementRule
    page_step: Duration = Field(gt=timedelta(0))  # elapsed
    act_step: Duration = Field(gt=timedelta(0))  # working time
    act_step_share_of_remaining: float = Field(gt=0, le=1)
    rounds: int = Field(ge=1)
    silence_max: Duration = Field(gt=timedelta(0))
    silence_not_within: Duration

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def name(self) -> str:
        """The one name of this version, such as `gdpr33-dk.v1`; also its file's name."""
        return f"{self.id}.v{self.version}"

    @property
    def hours(self) -> float:
        """The deadline in hours, for display and record."""
        return self.deadline / timedelta(hours=1)

    @property
    def starts_at(self) -> datetime | None:
        """The first moment of validity in UTC; None for a draft."""
        return None if self.valid_from is None else _midnight(self.valid_from)

    def covers(self, at: datetime) -> bool:
        """Says whether this is law at `at`: in force, from the first second of `valid_from` to before `valid_to`."""
        if self.status is not PolicyStatus.IN_FORCE or self.valid_from is None:
            return False
        return _midnight(self.valid_from) <= at and (self.valid_to is None or at < _midnight(self.valid_to))

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.status is PolicyStatus.DRAFT and (self.valid_from or self.valid_to):
            raise PydanticCustomError("dates", "a draft has no valid_from or valid_to; remove them until it is law")
        if self.status is not PolicyStatus.DRAFT and self.valid_from is None:
            raise PydanticCustomError("dates", "valid_from is missing; write the day from which it applies")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise PydanticCustomError("dates", "valid_to must lie after valid_from; it is the first day without it")
        return self

    @model_validator(mode="after")
    def _ladder(self) -> Self:
        names = [rule.name for rule in self.rungs]
        if len(set(names)) < len(names) or OVERDUE in names:
            raise PydanticCustomError("rungs", f"every rung needs a name of its own, and none may be {OVERDUE!r}")
        if any(abs(rule.offset) > self.deadline for rule in self.rungs):
            raise PydanticCustomError("rungs", "a rung lies outside the time from awareness to the deadline")
        if not any(rule.counted_from is From.DEADLINE and not rule.offset for rule in self.rungs):
            raise PydanticCustomError("rungs", "the deadline itself has no rung; add one from deadline with PT0H")
        return self

    @model_validator(mode="after")
    def _reminded(self) -> Self:
        missing, unknown = (
            sorted(REMINDED - set(self.reminders)),
            sorted(set(self.reminders) - REMINDED - {FINAL_REPORT}),
        )
        if missing or unknown:
            raise PydanticCustomError(
                "reminders", "reminders: add {missing}, remove {unknown}", {"missing": missing, "unknown": unknown}
            )
        if self.acknowledgement.min > self.acknowledgement.max:
            raise PydanticCustomError("acknowledgement", "acknowledgement: min must not be above max")
        return self


OVERDUE = "overdue"


def load_policies(directory: Path) -> tuple[Policy, ...]:
    """Returns every policy in `directory/*.yaml`, by name.

    Raises PolicyError that lists each fault with file, field, reason and remedy; also for two policies that would begin
    to apply to the same trigger on the same day.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise PolicyError(f"{directory}: holds no policy (*.yaml); name the folder that holds gdpr33-dk.v1.yaml")
    policies = tuple(_load(path) for path in paths)
    starts: dict[tuple[str, str, date], Policy] = {}
    for policy in policies:
        if policy.status is PolicyStatus.IN_FORCE and policy.valid_from is not None:
            other = starts.setdefault((policy.jurisdiction, policy.trigger, policy.valid_from), policy)
            if other is not policy:
                raise PolicyError(
                    f"{directory}: {other.name} and {policy.name} both apply to {policy.trigger} from "
                    f"{policy.valid_from}; give one of them a later valid_from"
                )
    return policies


def choose(policies: Sequence[Policy], signal_at: datetime, trigger: str = Trigger.CONTROLLER_AWARE_AT) -> Policy:
    """Returns the policy in force for `trigger` at the uncorrected `signal_at`; of several, the one that began last.

    Drafts are never chosen. Raises NoPolicy if nothing covers that time (notification-template.md §6).
    """
    in_force = [policy for policy in policies if policy.trigger == trigger and policy.covers(signal_at)]
    if not in_force:
        raise NoPolicy(f"no policy in force for {trigger} at {signal_at.isoformat()}; add its file to the policies")
    return max(in_force, key=lambda policy: policy.valid_from or date.min)


def named(policies: Sequence[Policy], name: str) -> Policy:
    """Returns the policy called `name`: one version (`gdpr33-dk.v1`), or the newest of an id (`gdpr33-dk`).

    Drafts are found too, to look at; who records a choice checks the status. Raises NoPolicy that lists the names.
    """
    found = [policy for policy in policies if name in (policy.name, policy.id)]
    if not found:
        raise NoPolicy(f"no policy is called {name!r}; there are {', '.join(sorted(p.name for p in policies))}")
    return max(found, key=lambda policy: policy.version)


@lru_cache(maxsize=256)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), COPENHAGEN).astimezone(UTC)


def _load(path: Path) -> Policy:
    content = path.read_bytes()
    try:
        data = read_mapping(content)
    except NotYaml as e:
        raise PolicyError(f"{path}: {e}") from None
    if "hash" in data:
        raise PolicyError(f"{path}: hash: is computed from the file; remove it")
    try:
        policy = Policy.model_validate(data | {"hash": hashlib.sha256(content).hexdigest()})
    except ValidationError as e:
        raise PolicyError(
            "\n".join(_fault(path, error["loc"], error["type"], error["msg"]) for error in e.errors())
        ) from None
    if path.stem != policy.name:
        raise PolicyError(f"{path}: id, version: say {policy.name!r}; name the file {policy.name}.yaml")
    return policy


_REMEDIES = {
    "missing": "add it; gdpr33-dk.v1.yaml shows every field",
    "extra_forbidden": "no such field; correct its spelling or remove it",
    "enum": "write one of the words named",
}


def _fault(path: Path, loc: tuple[int | str, ...], kind: str, reason: str) -> str:
    field = ".".join(str(part) for part in loc) or "the file as a whole"
    remedy = _REMEDIES.get(kind)
    return f"{path}: {field}: {reason}" + (f"; {remedy}" if remedy else "")
