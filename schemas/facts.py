"""Facts: what is known of a case, each recorded once and never changed. A case is a set of these."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, JsonValue

from schemas.actions import By
from schemas.shape import Kept


class FactKind(StrEnum):
    """The kinds of fact. Readers meet kinds they do not know; those are carried along untouched."""

    REPORT_RECEIVED = "report.received"
    MISDELIVERY_RECEIVED = "misdelivery.received"
    REPORT_SUPPLEMENTED = "report.supplemented"
    REPORT_UNREADABLE = "report.unreadable"
    FACT_UNPROCESSABLE = "fact.unprocessable"
    RECIPIENT_CONFIRMED = "recipient.confirmed"
    TASK_OPENED = "task.opened"
    TASK_DONE = "task.done"
    TASK_UNANSWERED = "task.unanswered"
    INFO_REQUESTED = "info.requested"
    CASE_FORWARDED = "case.forwarded"
    DEPARTMENT_CONTACTED = "department.contacted"
    RUNG_REACHED = "rung.reached"
    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_UNDELIVERABLE = "alert.undeliverable"
    RECIPIENT_MISSING = "recipient.missing"
    CHAIN_EXHAUSTED = "chain.exhausted"
    ALERTS_SILENCED = "alerts.silenced"
    ASSESSMENT_STATED = "assessment.stated"
    DPO_ADVISED = "dpo.advised"
    CONTROLLER_DECIDED = "controller.decided"
    NOTIFICATION_SUBMITTED = "notification.submitted"
    SUBJECTS_INFORMED = "subjects.informed"
    AWARENESS_CORRECTED = "awareness.corrected"
    POLICY_CHOSEN = "policy.chosen"
    INCIDENT_STATED = "incident.stated"
    CASE_LINKED = "case.linked"
    CASE_CLOSED = "case.closed"
    CASE_ABSORB_REQUESTED = "case.absorb_requested"
    CASE_ABSORBED = "case.absorbed"
    CASE_ABSORB_REFUSED = "case.absorb_refused"
    CASE_ERASED = "case.erased"


REPORTS = frozenset(
    {
        FactKind.REPORT_RECEIVED,
        FactKind.MISDELIVERY_RECEIVED,
        FactKind.REPORT_SUPPLEMENTED,
        FactKind.REPORT_UNREADABLE,
        FactKind.FACT_UNPROCESSABLE,
    }
)
"""What somebody told: opens a case if there is none, and reopens one that was decided."""

MACHINE = frozenset(
    {
        FactKind.RUNG_REACHED,
        FactKind.ALERT_UNDELIVERABLE,
        FactKind.RECIPIENT_MISSING,
        FactKind.CHAIN_EXHAUSTED,
        FactKind.CASE_ABSORBED,
        FactKind.CASE_ABSORB_REFUSED,
        FactKind.CASE_ABSORB_REQUESTED,
    }
)


class Origin(Kept):
    """The ingress record that a fact came from, and whether its receipt is still to be given by casework."""

    topic: str
    partition: int
    offset: int
    source: str | None = None
    answers: bool = True  # of one event with many municipalities only the first case answers
    references: tuple[str, ...] = ()  # every case that the event reached
    tenant: str | None = None  # kommunekode of the municipality by whose own topic it came


class Fact(Kept):
    """One fact. `body` is the masked data of the event, or what the machine found; its shape follows `kind`."""

    fact_id: str  # 32 hex digits, derived: the same input gives the same id
    kind: str
    case_id: str
    municipality: str
    occurred_at: datetime  # when it is said to have happened
    recorded_at: datetime  # when the municipality's system had it: the broker's time
    by: By
    sender: str  # who vouches: the event's source, or role and local id of a person
    body: dict[str, JsonValue] = Field(default_factory=dict)
    event_type: str | None = None
    event_id: str | None = None
    form_recorded_at: datetime | None = None  # CloudEvents extension `recordedtime`
    flags: tuple[str, ...] = ()  # id_reused, times_without_offset:<field>, …
    digest: str | None = None  # of the case's full correlation, to notice a collision of references
    origin: Origin | None = None
    correlation: str | None = None  # digest that cases of one incident share across municipalities
    traceparent: str | None = None  # of a report: its place in the trace in which it came, W3C Trace Context
