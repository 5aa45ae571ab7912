"""The case record on the compacted topic: the facts, and the projection of them for readers."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from schemas.actions import Outcome
from schemas.assessment import Assessment
from schemas.facts import Fact
from schemas.row_version import FIRST
from schemas.shape import Kept


class Status(StrEnum):
    """Where a case stands. `awaited` is an act on a case that nobody has reported: not counted, not shown."""

    AWAITED = "awaited"
    OPEN = "open"
    CLOSED = "closed"
    ABSORBED = "absorbed"


class ObligationName(StrEnum):
    """What somebody owes on a case; the order is the order of the acts."""

    ACKNOWLEDGE = "acknowledge"
    ADVISE = "advise"
    DECIDE = "decide"
    SUBMIT = "submit"
    RECEIPT_REFERENCE = "receipt_reference"
    LATE_REASON = "late_reason"
    FOLLOW_UP = "follow_up"
    INFORM_SUBJECTS = "inform_subjects"
    REVIEW = "review"
    CHOOSE_POLICY = "choose_policy"
    RECALL = "recall"
    PROTECTED_ADDRESS_CHECK = "protected_address_check"
    WRITTEN_CONFIRMATION = "written_confirmation"
    NIS2_EARLY_WARNING = "nis2_early_warning"
    NIS2_NOTIFICATION = "nis2_notification"
    NIS2_FINAL_REPORT = "nis2_final_report"


class Obligation(Kept):
    """One thing owed: by which role, since when, by when, and the fact that settled it."""

    name: ObligationName
    role: str
    since: datetime
    due_at: datetime | None = None
    settled_by: str | None = None  # fact id; None while it is open


class Rung(NamedTuple):
    """A step on the way to a deadline, or past it; the case, clock, name and due time make it what it is."""

    clock: str
    name: str
    due_at: datetime


class Demand(Kept):
    """What routing must bring to a person now: the obligation, its highest rung reached, and the ones missed."""

    obligation: ObligationName
    role: str
    clock: str
    rung: str
    rung_due_at: datetime
    missed: tuple[str, ...] = ()
    lateness_s: float = 0.0


class LegalClock(Kept):
    """One running deadline under one policy."""

    policy: str
    policy_hash: str
    hours: float
    aware_at: datetime
    deadline_at: datetime
    amber_at: datetime  # the deadline that the uncorrected signal would give
    hour_rule_at: datetime
    extended_full_at: datetime
    extended_part_at: datetime
    submitted_at: datetime | None = None
    stopped_by: str | None = None  # fact id of the submission or of the reasoned no


class Settled(Kept):
    """Of an open case on which nothing is owed any more: since when it waits for a person to close it."""

    since: datetime
    asked_at: datetime | None = None  # when the last reminder to close it fell due; None before the first
    elsewhere: bool = False  # no breach by its sender's word: the unit concerned has it


class Awareness(Kept):
    """From which moment the law counts, and how that came to be."""

    signal_at: datetime
    signal_fact: str
    aware_at: datetime
    corrected_by: str | None = None
    claimed_at: datetime | None = None
    discovered_by_other_at: datetime | None = None
    ignored: tuple[str, ...] = ()  # claims that lay in the future, in words
    doubted: tuple[str, ...] = ()  # claims that count although they look mistyped, in words


class CaseRecord(Kept):
    """One case as readers see it. Everything but `facts` follows from the facts.

    The order of the fields is that of who reads how much of a row: `wake_at` first, then what is counted of every case,
    then what a rung needs to know and what it changes, up to `demands`. `facts` stand last, for time only adds to them.
    """

    wake_at: float | None = None  # unix seconds of the shown clock; None when nothing is due any more
    schema_version: str = FIRST
    reference: str
    municipality: str
    status: Status
    outcome: Outcome | None = None  # effective: the machine's, or a person's that no later report overtook
    clocks: tuple[LegalClock, ...] = ()
    kind: str
    opened_at: datetime
    reopened_at: datetime | None = None  # of an open case that had ended: since when it can be acted on again
    projected_by: str | None = None  # which code and dated data made of the facts what else stands here
    obligations: tuple[Obligation, ...] = ()
    demands: tuple[Demand, ...] = ()
    acknowledged_by: tuple[str, ...] = ()
    digest: str | None = None
    correlation: str | None = None
    awareness: Awareness | None = None
    assessment: Assessment | None = None
    human_outcome: str | None = None
    human_fact: str | None = None
    links: tuple[str, ...] = ()
    absorbed_by: str | None = None
    settled: Settled | None = None  # None while something is owed, and of a case that is not open
    crowded: bool = False  # one of many unreadable events: rings by itself only when it must wake somebody
    facts: tuple[Fact, ...] = ()
    trimmed: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def asked_from(self) -> datetime:
        """From when on people could be asked: what fell due before is not late."""
        return self.reopened_at or self.opened_at
