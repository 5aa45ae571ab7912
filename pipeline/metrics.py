"""Brudvagt's own metrics: defined once, zero from the start, no case and no free text in a label.

Engine metrics live with the engine. What describes cases is computed from the committed table when it is asked for, so
that a restart or a second worker never counts a case twice.
"""

import re
from collections import Counter as Count
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Protocol

import orjson
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.cases.sort import DEPARTMENTS, KINDS
from pipeline.timebase import Clock
from schemas.actions import Outcome
from schemas.delivery import DeliveryStatus
from schemas.receipt import IngressOutcome
from schemas.values import Medium

LEGAL_BUCKETS = (900.0, 3600.0, 14400.0, 43200.0, 86400.0, 172800.0, 216000.0, 259200.0, 345600.0)
"""A quarter of an hour, then 1, 4, 12, 24, 48, 60, 72 and 96 hours, in seconds."""

OUTCOMES = Counter("brudvagt_ingress_outcomes_total", "Ingress records by what became of them.", ["outcome"])
RECEIVED = Counter(
    "brudvagt_reports_received_total", "Reports that reached a case.", ["municipality", "type", "source_kind"]
)
LAST_RECEIVED = Gauge(
    "brudvagt_last_report_received_timestamp_seconds", "When a report last reached a case.", ["municipality"]
)
OPENED = Counter(
    "brudvagt_cases_opened_total", "Cases by what their first report says.", ["kind", "channel", "department"]
)
FILINGS = Counter("brudvagt_filings_total", "First notifications to the authority.", ["municipality", "in_time"])
REJECTS = Counter(
    "brudvagt_rejects_total", "Problems of rejected events by producer and field.", ["producer", "error_code", "path"]
)
CLOCK = Gauge("brudvagt_clock_timestamp_seconds", "What time it is to this worker; the demonstration's runs fast.")
DEAD_LETTERS = Counter("brudvagt_dead_letters_total", "Dead letters.", ["stage", "error_code"])
TIME_TO = {
    act: Histogram(
        f"brudvagt_time_to_{act}_seconds", f"From awareness to: {act}.", ["municipality"], buckets=LEGAL_BUCKETS
    )
    for act in ("acknowledge", "advise", "decide", "submit")
}
MISSED = Counter("brudvagt_deadlines_missed_total", "Deadlines that passed with nothing filed.", ["municipality"])
LATENESS = Histogram(
    "brudvagt_rung_lateness_seconds", "How late a rung was recorded.", buckets=(0.05, 0.2, 1, 5, 30, 300, 3600, 86400)
)
ALERTS = Counter("brudvagt_alerts_total", "Alerts raised by routing.", ["level", "kind"])
ESCALATIONS = Counter("brudvagt_escalations_total", "Alerts beyond the first step of a chain.", ["step"])
RECIPIENTS_MISSING = Counter(
    "brudvagt_recipients_missing_total", "Steps of a chain at which nobody answers.", ["municipality"]
)
CHAINS_EXHAUSTED = Counter(
    "brudvagt_chains_exhausted_total", "Chains on which nobody answered at all.", ["municipality"]
)
DELIVERIES = Counter("brudvagt_deliveries_total", "Deliveries by channel and state reached.", ["channel", "status"])

PRODUCERS_MAX = 200
OTHER_PRODUCER = "other"
_producers: set[str] = set()
PLANS = Gauge("brudvagt_plans", "Contact plans in use.")
PLAN_FAULTS = Gauge("brudvagt_plan_faults", "Faults in contact-plan files that keep an older plan in use.")

BANDS: Sequence[tuple[str, timedelta | None]] = (
    ("overdue", timedelta(0)),
    ("under_4h", timedelta(hours=4)),
    ("12_to_4h", timedelta(hours=12)),
    ("24_to_12h", timedelta(hours=24)),
    ("over_24h", None),
)
"""Bands of time left, from the shortest; each holds what is at most so far from its deadline."""

IN_TIME = ("yes", "no")
UNJUDGED = "unjudged"
RISKS = (*(str(one) for one in Outcome), UNJUDGED)


class Table(Protocol):
    """A stage as the collector sees it: its committed rows in this process."""

    def snapshot(self) -> Mapping[bytes, bytes]:
        """Returns the committed rows."""
        ...


class Cases(Collector):
    """Open cases by municipality, risk and band, and the nearest deadline of each municipality."""

    def __init__(self, table: Table, clock: Clock, municipalities: Iterable[str]) -> None:
        """Reads `table` at every scrape; `municipalities` are zero until they have a case."""
        self._table, self._clock, self._municipalities = table, clock, sorted(municipalities)

    def collect(self) -> Iterable[Metric]:
        """Yields the gauges as the table stands."""
        now, counts, nearest = self._clock.datetime(), Count[tuple[str, str, str]](), dict[str, float]()
        for row in self._table.snapshot().values():
            case = orjson.loads(row)
            if case.get("status") != "open":
                continue
            code, running = case["municipality"], [c for c in case["clocks"] if c.get("stopped_by") is None]
            ends = [datetime.fromisoformat(clock["deadline_at"]) for clock in running]
            if ends:
                counts[code, case.get("outcome") or UNJUDGED, band(min(ends) - now)] += 1
                nearest[code] = min(nearest.get(code, float("inf")), min(ends).timestamp())
        open_cases = GaugeMetricFamily(
            "brudvagt_cases_open", "Open cases with a running clock.", labels=["municipality", "risk", "band"]
        )
        for code in sorted({*self._municipalities, *(key[0] for key in counts)}):
            for risk in RISKS:
                for name, _ in BANDS:
                    open_cases.add_metric([code, risk, name], counts[code, risk, name])
        yield open_cases
        deadline = GaugeMetricFamily(
            "brudvagt_nearest_deadline_timestamp_seconds", "The nearest running deadline.", labels=["municipality"]
        )
        for code, at in sorted(nearest.items()):
            deadline.add_metric([code], at)
        yield deadline


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
        REJECTS.labels(name, code, re.sub(r"/\d+(?=/|$)", "/*", path)).inc()


def initialise(municipalities: Iterable[str], channels: Iterable[str]) -> None:
    """Sets every series that can be known to zero: three events a day make silence normal, and absence suspicious."""
    for outcome in IngressOutcome:
        OUTCOMES.labels(outcome)
    for channel in channels:
        for status in DeliveryStatus:
            DELIVERIES.labels(channel, status)
    for kind, channel, department in product(KINDS, Medium, DEPARTMENTS):
        OPENED.labels(kind, channel, department)
    for stage in ("intake", "casework", "routing", "delivery"):
        DEAD_LETTERS.labels(stage, "internal_error")
    for code in municipalities:
        MISSED.labels(code)
        for in_time in IN_TIME:
            FILINGS.labels(code, in_time)
        RECIPIENTS_MISSING.labels(code)
        CHAINS_EXHAUSTED.labels(code)
        for histogram in TIME_TO.values():
            histogram.labels(code)


def observe_cases(table: Table, clock: Clock, municipalities: Iterable[str]) -> None:
    """Registers the collector of case gauges; once per process."""
    REGISTRY.register(Cases(table, clock, municipalities))
