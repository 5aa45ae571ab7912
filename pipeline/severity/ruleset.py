"""Rule sets: weights, thresholds, floors and defaults as dated, immutable files, chosen by the uncorrected signal."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.clock.yamlfile import NotYaml, read_mapping
from schemas.times import COPENHAGEN
from schemas.values import DataCategory

Weight = float
Effect = Literal["floor:medium", "floor:high", "floor:very_high", "ceiling:low"]
Levels = tuple[int, int, int, int]


class RuleSetError(ValueError):
    """A rule set file cannot be used; says which file, which field and why."""


class NoRuleSet(LookupError):
    """No rule set covers that time."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bands(_Part):
    """Lower bounds of the score for each band above `low`."""

    medium: float
    high: float
    very_high: float


class Volume(_Part):
    """From more persons than `over`, simple data count `simple_by` higher."""

    over: int
    simple_by: int


class Circumstance(_Part):
    """What the circumstances of the breach add to the score."""

    exposure: Mapping[str, Weight]
    integrity: Mapping[str, Weight]
    availability: Mapping[str, Weight]
    malicious: Weight
    silent: Weight


class People(_Part):
    """R7: more persons, or more recipients, than this."""

    over: int
    recipients_over: int


class Rule(_Part):
    """What a rule does when it fires, what it does to data that only went an unsafe way, and where it comes from."""

    effect: Effect
    in_transit: Effect | None = None
    source: str


class Unknown(_Part):
    """What an unanswered question counts as."""

    default: str
    worst: str


class UnknownCount(_Part):
    default: int
    worst: int


class UnknownData(_Part):
    default_dpc: int = Field(ge=1, le=4)
    worst: tuple[DataCategory, ...]


class Municipal(_Part):
    """What one municipality's own page obliges to assume."""

    assumed_data: Mapping[str, tuple[DataCategory, ...]] = {}
    confidential_by_default: bool = False
    finders_destroy: bool = False  # its page asks finders to destroy: the protected-address check cannot wait


class RuleSet(_Part):
    """One version of the severity rules. Compared and hashed by the bytes of its file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    version: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    valid_from: date
    valid_to: date | None = None  # the first day on which it no longer applies
    bands: Bands
    dpc: Mapping[str, Levels]
    volume: Volume
    simple: frozenset[str]
    special: frozenset[str]
    guess_suffices: frozenset[str]
    confidential: frozenset[str]
    confidential_content: frozenset[str]
    finance: frozenset[str]
    national_id: frozenset[str]
    addresses: frozenset[str]
    places: frozenset[str]
    child: frozenset[str]
    ei: Mapping[str, Weight]
    cb: Circumstance
    trustable: frozenset[str]
    private: frozenset[str]
    carries_address: frozenset[str]
    stray_media: frozenset[str]
    single_media: frozenset[str]
    people: People
    rules: Mapping[str, Rule]
    unknowns: Mapping[str, Unknown]
    unknown_count: UnknownCount
    unknown_data: UnknownData
    municipalities: Mapping[str, Municipal] = {}

    def __hash__(self) -> int:
        return hash(self.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleSet) and self.hash == other.hash

    @property
    def name(self) -> str:
        """The one name of this version, such as `dk-severity.v1`; also its file's name."""
        return f"{self.id}.v{self.version}"


def load_rulesets(directory: Path) -> tuple[RuleSet, ...]:
    """Returns every rule set in `directory/*.yaml`, by name.

    Raises RuleSetError that names file and field, also for two that begin to apply on the same day.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise RuleSetError(f"{directory}: holds no rule set (*.yaml)")
    rulesets = tuple(load_ruleset(path) for path in paths)
    starts: dict[date, RuleSet] = {}
    for ruleset in rulesets:
        other = starts.setdefault(ruleset.valid_from, ruleset)
        if other is not ruleset:
            raise RuleSetError(f"{directory}: {other.name} and {ruleset.name} both apply from {ruleset.valid_from}")
    return rulesets


def load_ruleset(path: Path) -> RuleSet:
    """Returns the rule set in one file; its hash is the SHA-256 of the file's bytes. Raises RuleSetError."""
    content = path.read_bytes()
    try:
        ruleset = RuleSet.model_validate(read_mapping(content) | {"hash": hashlib.sha256(content).hexdigest()})
    except NotYaml as e:
        raise RuleSetError(f"{path}: {e}") from None
    except ValidationError as e:
        faults = "; ".join(f"{'.'.join(map(str, x['loc']))}: {x['msg']}" for x in e.errors())
        raise RuleSetError(f"{path}: {faults}") from None
    missing = {str(c) for c in DataCategory} - set(ruleset.dpc)
    if missing:
        raise RuleSetError(f"{path}: dpc: has no levels for {', '.join(sorted(missing))}")
    return ruleset


def choose(rulesets: Sequence[RuleSet], signal_at: datetime) -> RuleSet:
    """Returns the rule set that applies at the uncorrected `signal_at`: of several, the one that began last.

    Raises NoRuleSet if none covers that time.
    """
    day = signal_at.astimezone(COPENHAGEN).date()
    valid = [r for r in rulesets if r.valid_from <= day and (r.valid_to is None or day < r.valid_to)]
    if not valid:
        raise NoRuleSet(f"no rule set applies at {signal_at.isoformat()}; add its file to the rule sets")
    return max(valid, key=lambda r: r.valid_from)
