"""What the auditor that runs always exports of each audit."""

from typing import Final

from pipeline.audit.audit import Report
from pipeline.audit.finding import Code, Severity
from pipeline.measure import Born, Label, Section
from schemas.receipt import IngressOutcome

AUDIT: Final = Section("Auditor")
FINDINGS: Final = AUDIT.gauge(
    "brudvagt_audit_findings",
    "Findings of the last audit.",
    Label("code", tuple(Code)),
    Label("severity", tuple(Severity)),
)
LAST_RUN: Final = AUDIT.gauge(
    "brudvagt_audit_last_run_timestamp_seconds", "When an audit was last done to its end; 0 until one was."
)
DURATION: Final = AUDIT.gauge("brudvagt_audit_duration_seconds", "How long the last audit took, reading included.")
RECORDS: Final = AUDIT.gauge("brudvagt_audit_records", "Records that the last audit looked at.")
BALANCE: Final = AUDIT.gauge(
    "brudvagt_audit_balance_records",
    "Ingress records by what the last audit found became of them; `received` is the sum.",
    Label("part", ("received", *IngressOutcome, "in_flight")),
)
CASES: Final = AUDIT.gauge(
    "brudvagt_audit_cases", "Cases that the last audit found.", Label("state", ("all", "open", "awaited"))
)
LETTERS_OPEN: Final = AUDIT.gauge(
    "brudvagt_dead_letters_open", "Dead letters neither replayed nor settled by the end of their case."
)
_INPUT: Final = Label("topic", ("reports", "actions", "replays", "facts", "alerts"))
OLDEST_UNREAD: Final = AUDIT.gauge(
    "brudvagt_topic_oldest_unread_seconds",
    "Age of the oldest record of a topic that its stage had not read at the last audit; 0 where all was read.",
    _INPUT,
    born=Born.FIRST_EVENT,
)
RETENTION: Final = AUDIT.gauge(
    "brudvagt_topic_retention_seconds",
    "How long the brokers keep a record of a topic: `retention.ms`. None where it is kept for ever.",
    _INPUT,
    born=Born.FIRST_EVENT,
)
DISK_FREE: Final = AUDIT.gauge(
    "brudvagt_broker_disk_free_ratio",
    "Free share of the disk under a broker's fullest log directory.",
    Label("broker", most=50),
    born=Born.FIRST_EVENT,
)


def show(report: Report, ended_at: float, took_s: float) -> None:
    """Sets the gauges to what `report` says; `ended_at` in unix seconds. What is mended goes back to zero."""
    counts = dict.fromkeys([(code, severity) for code in Code for severity in Severity], 0)
    for finding in report.findings:
        counts[finding.code, finding.severity] += 1
    for (code, severity), number in counts.items():
        FINDINGS.labels(code, severity).set(number)
    figures = report.figures
    RECORDS.set(figures.records)
    for part, number in ({"received": figures.received, "in_flight": figures.in_flight} | figures.outcomes).items():
        BALANCE.labels(part).set(number)
    for state, number in (("all", figures.cases), ("open", figures.open_cases), ("awaited", figures.awaited)):
        CASES.labels(state).set(number)
    LETTERS_OPEN.set(figures.dead_letters_open)
    for gauge in (OLDEST_UNREAD, RETENTION):
        gauge.clear()
    for topic, waiting in figures.waiting.items():
        OLDEST_UNREAD.labels(topic).set(waiting.age_s)
        RETENTION.labels(topic).set(waiting.retention_s)
    DURATION.set(took_s)
    LAST_RUN.set(ended_at)
