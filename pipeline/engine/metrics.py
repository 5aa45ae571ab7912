"""The engine's metrics, per stage, in Prometheus' default registry; design §11 names them.

No keys, no text, no offsets as label values. Zero-initialised at start, because silence is normal.
"""

from contextlib import suppress
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_STAGE: Final = ("stage",)
_PARTITION: Final = ("stage", "partition")
_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
_SLOW: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)

LAG = Gauge("brudvagt_stage_lag_records", "Committed input records not handled yet.", _PARTITION)
STABLE_LAG = Gauge(
    "brudvagt_stage_stable_offset_lag_records",
    "Input records behind the last stable offset: an open transaction holds them back.",
    _PARTITION,
)
OLDEST = Gauge("brudvagt_stage_oldest_unhandled_seconds", "Age of the oldest input record not handled yet.", _PARTITION)
TRANSACTIONS = Counter("brudvagt_stage_transactions_total", "Kafka transactions by outcome.", ("stage", "outcome"))
TRANSACTION_SECONDS = Histogram(
    "brudvagt_stage_transaction_duration_seconds", "From begin to the answer of the end.", _STAGE, buckets=_FAST
)
REBALANCES = Counter("brudvagt_stage_rebalances_total", "Assignments received from the group.", _STAGE)
TAKEOVER_SECONDS = Histogram(
    "brudvagt_stage_takeover_seconds", "From assignment to the first possible batch.", _STAGE, buckets=_SLOW
)
RECOVERY_SECONDS = Histogram(
    "brudvagt_stage_recovery_seconds", "Reading the table of one partition.", _STAGE, buckets=_SLOW
)
PARTITIONS = Gauge("brudvagt_stage_partitions", "Partitions owned here by state.", ("stage", "state"))
TABLE_ROWS = Gauge("brudvagt_stage_table_rows", "Rows in the open tables of this process.", _STAGE)
TIMERS = Gauge("brudvagt_stage_timers_armed", "Timers armed.", _PARTITION)
TIMER_LATENESS = Histogram(
    "brudvagt_stage_timer_lateness_seconds",
    "Due time to hand-over, shown seconds.",
    _STAGE,
    buckets=(*_FAST, *_SLOW[7:]),
)
PARKED = Gauge("brudvagt_stage_timers_parked", "Timers whose handling keeps failing: page operations.", _PARTITION)
INTERNAL_ERRORS = Counter(
    "brudvagt_stage_internal_errors_total", "Items given up as poison, by kind.", ("stage", "kind")
)
EFFECTS = Gauge("brudvagt_stage_effects_running", "Side effects that run or wait.", _PARTITION)
EXPIRED = Counter(
    "brudvagt_stage_input_offsets_expired_total", "Input offsets that retention removed before they were read.", _STAGE
)
CLOCK_OFFSET = Gauge("brudvagt_clock_offset_seconds", "This machine's clock minus the broker's.")
MESSAGES = Counter("brudvagt_handler_messages_total", "Items handed to a handler by status.", ("handler", "status"))
HANDLER_SECONDS = Histogram(
    "brudvagt_handler_duration_seconds", "A batch in its handler, commit included.", ("handler",), buckets=_FAST
)
IN_PROGRESS = Gauge("brudvagt_handler_in_progress", "Batches inside a handler.", ("handler",))


def initialise(stage: str) -> None:
    """Makes every series of a stage exist at zero, so that a rate is right from the first event on."""
    for outcome in ("committed", "dropped"):
        TRANSACTIONS.labels(stage, outcome)
    for kind in ("record", "timer"):
        INTERNAL_ERRORS.labels(stage, kind)
    for status in ("handled", "failed", "poison"):
        MESSAGES.labels(stage, status)
    for counter in (REBALANCES, EXPIRED):
        counter.labels(stage)
    for histogram in (TRANSACTION_SECONDS, TAKEOVER_SECONDS, RECOVERY_SECONDS, TIMER_LATENESS):
        histogram.labels(stage)
    HANDLER_SECONDS.labels(stage)
    IN_PROGRESS.labels(stage)


def forget(stage: str, partition: int) -> None:
    """Removes the series of a partition that was lost: another worker shows it now."""
    for gauge in (LAG, STABLE_LAG, OLDEST, TIMERS, PARKED, EFFECTS):
        with suppress(KeyError):  # a partition that never came to work has none
            gauge.remove(stage, str(partition))
