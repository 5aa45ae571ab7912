"""What happened, as far as anyone knows: the part of a report that severity, routing and the authority's form read.

Every field may be left out; leaving out means *unknown*, and unknown is never read as "no".
"""

from pydantic import Field

from schemas.shape import LIST_MAX, Number, Short, Strict, Text
from schemas.template_lists import Impact, IncidentKind, Safeguard
from schemas.times import ReportedTime
from schemas.values import (
    Answer,
    Aspect,
    AvailabilityLoss,
    Cause,
    CountKind,
    DataCategory,
    Detail,
    Exposure,
    Identifier,
    IntegrityLoss,
    Medium,
    OccurrenceKind,
    Protection,
    RecipientKind,
    Relation,
    SubjectGroup,
)


class Count(Strict):
    """How many, and how sure: `{"kind": "approximate", "number": 40}`."""

    kind: CountKind = CountKind.UNKNOWN
    number: Number | None = None


class DataItem(Strict):
    """One category of personal data and how much of it shows."""

    category: DataCategory
    detail: Detail = Detail.UNKNOWN
    already_public: Answer = Answer.UNKNOWN


class Subjects(Strict):
    """The persons affected, as groups and numbers."""

    groups: tuple[SubjectGroup, ...] = Field(default=(), max_length=LIST_MAX)
    count: Count = Count()
    minors: Answer = Answer.UNKNOWN
    vulnerable: Answer = Answer.UNKNOWN
    vulnerable_why: Text | None = None
    protected_address: Answer = Answer.UNKNOWN
    safety_at_stake: Answer = Answer.UNKNOWN  # of a child, a victim of violence, a person in hiding


class Recipient(Strict):
    """Who got what was not theirs, as a kind; never a name."""

    kind: RecipientKind = RecipientKind.UNKNOWN
    relation: Relation = Relation.UNKNOWN
    count: Count = Count()
    opened: Answer = Answer.UNKNOWN
    read: Answer = Answer.UNKNOWN
    passed_on: Answer = Answer.UNKNOWN
    returned: Answer = Answer.UNKNOWN
    deletion_confirmed: Answer = Answer.UNKNOWN  # in writing
    trust_documented: Answer = Answer.UNKNOWN  # steady relation and known procedures, on file (EDPB 9/2022)


class Occurrence(Strict):
    """When it happened (template rows 29 to 32)."""

    kind: OccurrenceKind = OccurrenceKind.UNKNOWN
    start: ReportedTime | None = None
    end: ReportedTime | None = None
    estimated: Answer = Answer.UNKNOWN


class Circumstances(Strict):
    """Everything about the incident that can be known; see the module for what absence means."""

    aspects: tuple[Aspect, ...] = Field(default=(), max_length=3)
    incident_kinds: tuple[IncidentKind, ...] = Field(default=(), max_length=LIST_MAX)
    cause: Cause = Cause.UNKNOWN
    malicious: Answer = Answer.UNKNOWN
    medium: Medium = Medium.UNKNOWN
    occurrence: Occurrence = Occurrence()
    data: tuple[DataItem, ...] = Field(default=(), max_length=LIST_MAX)
    identifiers: tuple[Identifier, ...] = Field(default=(), max_length=LIST_MAX)
    subjects: Subjects = Subjects()
    records: Count = Count()
    exposure: Exposure = Exposure.UNKNOWN
    recipient: Recipient = Recipient()
    published: Answer = Answer.UNKNOWN
    integrity: IntegrityLoss = IntegrityLoss.UNKNOWN
    availability: AvailabilityLoss = AvailabilityLoss.UNKNOWN
    effect_on_people: Answer = Answer.UNKNOWN  # of the loss or unavailability
    protection: Protection = Protection.UNKNOWN
    key_safe: Answer = Answer.UNKNOWN
    restorable: Answer = Answer.UNKNOWN
    access_possible: Answer = Answer.UNKNOWN
    use_excluded_by_logs: Answer = Answer.UNKNOWN
    safeguards: tuple[Safeguard, ...] = Field(default=(), max_length=LIST_MAX)
    impacts: tuple[Impact, ...] = Field(default=(), max_length=LIST_MAX)
    recalled: Answer = Answer.UNKNOWN
    systems: tuple[Short, ...] = Field(default=(), max_length=LIST_MAX)
    description: Text | None = None
    consequences: Text | None = None
    measures_before: Text | None = None
    measures_taken: Text | None = None
    measures_planned: Text | None = None
