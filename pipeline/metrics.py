"""Brudvagt's own metrics: defined once, zero from the start, no case and no free text in a label.

Engine metrics live with the engine, the heartbeat's and the auditor's with them. What describes cases is computed from
the committed table, so that a restart or a second worker never counts a case twice. The heartbeat's tenant is in none.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from pipeline.cases.sort import DEPARTMENTS, KINDS
from pipeline.measure import Born, Label, Section
from schemas.actions import Outcome
from schemas.alert import AlertKind, Level
from schemas.delivery import DeliveryStatus
from schemas.error_codes import ErrorCode
from schemas.heartbeat import is_beat
from schemas.receipt import IngressOutcome
from schemas.reports import BREACH_REPORTED, BREACH_REPORTED_BY_PROCESSOR, BREACH_SUPPLEMENTED, MAIL_MISDELIVERED
from schemas.values import Medium, ReporterRole

LEGAL_BUCKETS = (900.0, 3600.0, 14400.0, 43200.0, 86400.0, 172800.0, 216000.0, 259200.0, 345600.0)
"""A quarter of an hour, then 1, 4, 12, 24, 48, 60, 72 and 96 hours, in seconds."""

BANDS: Sequence[tuple[str, timedelta | None]] = (
    ("overdue", timedelta(0)),
    ("under_4h", timedelta(hours=4)),
    ("12_to_4h", timedelta(hours=12)),
    ("24_to_12h", timedelta(hours=24)),
    ("over_24h", None),
)
"""Bands of time left, from the shortest; each holds what is at most so far from its deadline."""

UNJUDGED = "unjudged"
RISKS = (*(str(one) for one in Outcome), UNJUDGED)

_MUNICIPALITY = Label("municipality", most=98 + 1)  # and 000, whose municipality could not be read
_STAGE = Label("stage", ("intake", "casework", "routing", "delivery"))
_ERROR_CODE = Label("error_code", tuple(ErrorCode))
_CHANNEL = Label("channel", most=8)  # names in contact plans: mail, sms, …
_STEP = Label("step", most=20)  # a chain's length: DPO, deputies, security, duty management

TYPES = (BREACH_REPORTED, BREACH_REPORTED_BY_PROCESSOR, MAIL_MISDELIVERED, BREACH_SUPPLEMENTED, "unreadable")

PRODUCERS_MAX = 200
OTHER_PRODUCER = "other"
WHOLE_EVENT = "/"
REJECTS_MAX = 2000
ANY_PATH = "*"
"""Whoever sends nonsense under many names in many fields makes so many series and no more; the rest share one per code."""

_producers: set[str] = set()

INTAKE = Section("Intake")
OUTCOMES = INTAKE.counter(
    "brudvagt_ingress_outcomes_total",
    "Ingress records by what became of them.",
    Label("outcome", tuple(IngressOutcome)),
)
RECEIVED = INTAKE.sparse(  # thousands of series for what never happens would cost every scrape
    "brudvagt_reports_received_total",
    "Reports that reached a case.",
    _MUNICIPALITY,
    Label("type", TYPES),
    Label("source_kind", tuple(ReporterRole)),
)
LAST_RECEIVED = INTAKE.gauge(
    "brudvagt_last_report_received_timestamp_seconds",
    "When a report last reached a case.",
    _MUNICIPALITY,
    born=Born.FIRST_EVENT,
)
REJECTS = INTAKE.sparse(
    "brudvagt_rejects_total",
    "Problems of rejected events by producer and field.",
    Label("producer", most=PRODUCERS_MAX + 2),
    _ERROR_CODE,
    Label("path", most=400),  # the contract's fields; places in a list share one
    most=REJECTS_MAX + len(ErrorCode),
)
DEAD_LETTERS = INTAKE.counter("brudvagt_dead_letters_total", "Dead letters.", _STAGE, _ERROR_CODE)

LAW = Section("The law's clock")
CASES_OPEN = LAW.computed(
    "brudvagt_cases_open",
    "Open cases whose clock runs, each once, by risk and time left.",
    _MUNICIPALITY,
    Label("risk", RISKS),
    Label("band", tuple(name for name, _ in BANDS)),
)
NEAREST = LAW.computed("brudvagt_nearest_deadline_timestamp_seconds", "The nearest deadline that runs.", _MUNICIPALITY)
TIME_TO = {
    act: LAW.histogram(f"brudvagt_time_to_{act}_seconds", f"From awareness to: {act}.", buckets=LEGAL_BUCKETS)
    for act in ("acknowledge", "advise", "decide", "submit")
}
MISSED = LAW.counter(
    "brudvagt_deadlines_missed_total", "Deadlines that passed with nothing filed and no reasoned no.", _MUNICIPALITY
)
OPENED = LAW.sparse(  # a thousand series, of which a municipality sees twenty
    "brudvagt_cases_opened_total",
    "Cases by what their first report says.",
    Label("kind", KINDS),
    Label("channel", tuple(Medium)),
    Label("department", DEPARTMENTS),
)
FILINGS = LAW.counter(
    "brudvagt_filings_total",
    "First notifications to the authority.",
    _MUNICIPALITY,
    Label("in_time", ("yes", "no")),
)
LATENESS = LAW.histogram(
    "brudvagt_rung_lateness_seconds",
    "How late a rung was recorded.",
    buckets=(0.05, 0.2, 1, 5, 30, 300, 3600, 86400),
)

CLOCK = LAW.gauge("brudvagt_clock_timestamp_seconds", "What time it is to this worker; the demonstration's runs fast.")

PLANNING = Section("Contact plans")
PLANS = PLANNING.gauge("brudvagt_plans", "Contact plans in use.")
PLAN_FAULTS = PLANNING.gauge("brudvagt_plan_faults", "Faults in contact-plan files that keep an older plan in use.")

ALERTING = Section("Alerting")
ALERTS = ALERTING.counter(
    "brudvagt_alerts_total", "Alerts raised by routing.", Label("level", tuple(Level)), Label("kind", tuple(AlertKind))
)
ESCALATIONS = ALERTING.counter(
    "brudvagt_escalations_total", "Steps of chains beyond the first: nobody had answered.", _STEP, born=Born.FIRST_EVENT
)
ACKNOWLEDGEMENTS_EXPIRED = ALERTING.counter(
    "brudvagt_acknowledgements_expired_total",
    "Acknowledgements that ran out with the act still owed: the chain began again.",
    _MUNICIPALITY,
)
RECIPIENTS_MISSING = ALERTING.counter(
    "brudvagt_recipients_missing_total", "Steps of a chain at which nobody answers.", _MUNICIPALITY
)
CHAINS_EXHAUSTED = ALERTING.counter(
    "brudvagt_chains_exhausted_total", "Chains on which nobody answered at all.", _MUNICIPALITY
)
SILENCES_ACTIVE = ALERTING.computed(
    "brudvagt_silences_active", "Open cases whose alarms below `page` a person has silenced.", _MUNICIPALITY
)
PAGE_LINKED = ALERTING.gauge("brudvagt_page_linked", "1 where alerts carry a link to the page, else 0.")
DELIVERIES = ALERTING.counter(
    "brudvagt_deliveries_total",
    "Deliveries by channel and state reached.",
    _CHANNEL,
    Label("status", tuple(DeliveryStatus)),
)


ROLES: Mapping[str, Sequence[Section]] = {"casework": (INTAKE, LAW), "alerting": (INTAKE, ALERTING)}
"""Which worker counts what; both bury dead letters. A series that stands at zero in two workers costs two scrapes."""


def initialise(role: str, municipalities: Iterable[str], channels: Collection[str]) -> None:
    """Sets every series that can be known to zero: three events a day make silence normal, and absence suspicious."""
    codes = [code for code in municipalities if not is_beat(code)]
    for section in ROLES[role]:
        section.zero(municipality=codes, channel=channels)


def band(time_left: timedelta) -> str:
    """Returns the band that a deadline so far away lies in; the bounds belong to the shorter band."""
    return next(name for name, bound in BANDS if bound is None or time_left <= bound)


def rejected(producer: str | None, problems: Iterable[tuple[str, str]]) -> None:
    """Counts the (code, path) of each problem of one rejected event.

    A producer names itself, so only the first `PRODUCERS_MAX` names get a series of their own; places in a list share one.
    """
    name = producer or "unknown"
    if name not in _producers:
        if len(_producers) >= PRODUCERS_MAX:
            name = OTHER_PRODUCER
        else:
            _producers.add(name)
    for code, path in problems:
        values = (name, str(code), re.sub(r"/\d+(?=/|$)", "/*", path) or WHOLE_EVENT)
        if values not in REJECTS and len(REJECTS) >= REJECTS_MAX:
            values = (OTHER_PRODUCER, str(code), ANY_PATH)
        REJECTS.labels(*values).inc()
