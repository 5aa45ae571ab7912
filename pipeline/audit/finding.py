"""What the auditor says: one finding for each thing that should not be so."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it matters: `critical` touches a clock, a person's data or an alarm; `warning` will, if left alone."""

    CRITICAL = "critical"
    WARNING = "warning"


class Code(StrEnum):
    """Every kind of finding. A value is never renamed: dashboards and runbooks name them."""

    UNANSWERED = "unanswered"
    ANSWERED_TWICE = "answered_twice"
    RECEIPT_WITHOUT_RECORD = "receipt_without_record"
    REPORT_WITHOUT_CASE = "report_without_case"
    REPORT_NOT_IN_CASE = "report_not_in_case"
    NO_NEXT_STEP = "no_next_step"
    CASE_STUCK = "case_stuck"
    CHAIN_STUCK = "chain_stuck"
    DEMAND_WITHOUT_ALERT = "demand_without_alert"
    DEMAND_REACHED_NOBODY = "demand_reached_nobody"
    DEADLINE_TOO_LATE = "deadline_too_late"
    DEADLINE_MOVED = "deadline_moved"
    AWARENESS_WITHOUT_PERSON = "awareness_without_person"
    AWARENESS_OVER_LIMIT = "awareness_over_limit"
    SIGNAL_IGNORED = "signal_ignored"
    UNKNOWN_HOURS = "unknown_hours"
    ALERT_TWICE = "alert_twice"
    ALERT_NOT_IN_LOG = "alert_not_in_log"
    STORY_CONTRADICTS = "story_contradicts"
    STORY_STUCK = "story_stuck"
    FAILURE_NOT_TOLD = "failure_not_told"
    SUPERSEDED_BY_NOTHING = "superseded_by_nothing"
    CPR_IN_TEXT = "cpr_in_text"
    INTERNAL_ERROR_OPEN = "internal_error_open"
    INPUT_WAITS = "input_waits"
    EXPIRED_UNREAD = "expired_unread"
    RETENTION_NEAR = "retention_near"
    UNREADABLE = "unreadable"
    TENANT_SEES_ANOTHER = "tenant_sees_another"
    TENANT_KEEPS_ERASED = "tenant_keeps_erased"
    TENANT_ROW_DIFFERS = "tenant_row_differs"
    TENANT_RECEIPT_DIFFERS = "tenant_receipt_differs"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `where` is a case reference, an alert id or a position; no sentence holds a value from a record."""

    code: Code
    severity: Severity
    where: str
    sentence: str
    remedy: str
