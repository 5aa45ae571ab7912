"""The engine's metrics, per stage, in Prometheus' default registry; design §11 names them.

No keys, no text, no offsets as label values. Zero-initialised at start, because silence is normal.
"""

from contextlib import suppress
from typing import Final

from pipeline.measure import Born, Label, Section

_STAGE: Final = Label("stage", most=4)
_PARTITION: Final = Label("partition", most=100)
_HANDLER: Final = Label("handler", most=4)
_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
_SLOW: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)

ENGINE: Final = Section("Stages")
LAG = ENGINE.gauge(
    "brudvagt_stage_lag_records",
    "Committed input records not handled yet.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
HANDLED = ENGINE.gauge(
    "brudvagt_stage_handled_offsets",
    "Input offsets handled, over the stage's inputs: it stands still when the stage does.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
STABLE_LAG = ENGINE.gauge(
    "brudvagt_stage_stable_offset_lag_records",
    "Input records behind the last stable offset: an open transaction holds them back.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
OLDEST = ENGINE.gauge(
    "brudvagt_stage_oldest_unhandled_seconds",
    "Age of the oldest input record not handled yet.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
TRANSACTIONS = ENGINE.counter(
    "brudvagt_stage_transactions_total",
    "Kafka transactions by outcome: dropped before anything was sent, failed at the commit.",
    _STAGE,
    Label("outcome", ("committed", "dropped", "failed")),
)
TRANSACTION_SECONDS = ENGINE.histogram(
    "brudvagt_stage_transaction_duration_seconds", "From begin to the answer of the end.", _STAGE, buckets=_FAST
)
REBALANCES = ENGINE.counter("brudvagt_stage_rebalances_total", "Assignments received from the group.", _STAGE)
TAKEOVER_SECONDS = ENGINE.histogram(
    "brudvagt_stage_takeover_seconds", "From assignment to the first possible batch.", _STAGE, buckets=_SLOW
)
RECOVERY_SECONDS = ENGINE.histogram(
    "brudvagt_stage_recovery_seconds", "Reading the table of one partition.", _STAGE, buckets=_SLOW
)
PARTITIONS = ENGINE.gauge(
    "brudvagt_stage_partitions",
    "Partitions owned here by state.",
    _STAGE,
    Label("state", ("opening", "working", "held", "closed")),
    born=Born.WHILE_OWNED,
)
TABLE_ROWS = ENGINE.gauge("brudvagt_stage_table_rows", "Rows in the open tables of this process.", _STAGE)
TIMERS = ENGINE.gauge("brudvagt_stage_timers_armed", "Timers armed.", _STAGE, _PARTITION, born=Born.WHILE_OWNED)
TIMER_LATENESS = ENGINE.histogram(
    "brudvagt_stage_timer_lateness_seconds",
    "Due time to hand-over, shown seconds.",
    _STAGE,
    buckets=(*_FAST, *_SLOW[7:]),
)
PARKED = ENGINE.gauge(
    "brudvagt_stage_timers_parked",
    "Timers whose handling keeps failing: page operations.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
INTERNAL_ERRORS = ENGINE.counter(
    "brudvagt_stage_internal_errors_total",
    "Items given up as poison, by kind.",
    _STAGE,
    Label("kind", ("record", "timer")),
)
EFFECTS = ENGINE.gauge(
    "brudvagt_stage_effects_running",
    "Side effects that run or wait.",
    _STAGE,
    _PARTITION,
    born=Born.WHILE_OWNED,
)
EXPIRED = ENGINE.counter(
    "brudvagt_stage_input_offsets_expired_total",
    "Input offsets that retention removed before they were read.",
    _STAGE,
)
CLOCK_OFFSET = ENGINE.gauge("brudvagt_clock_offset_seconds", "This machine's clock minus the broker's.")
MESSAGES = ENGINE.counter(
    "brudvagt_handler_messages_total",
    "Items handed to a handler by status.",
    _HANDLER,
    Label("status", ("handled", "failed", "poison")),
)
HANDLER_SECONDS = ENGINE.histogram(
    "brudvagt_handler_duration_seconds", "A batch in its handler, commit included.", _HANDLER, buckets=_FAST
)
IN_PROGRESS = ENGINE.gauge("brudvagt_handler_in_progress", "Batches inside a handler.", _HANDLER)


def initialise(stage: str) -> None:
    """Makes every series of a stage exist at zero, so that a rate is right from the first event on."""
    ENGINE.zero(stage=(stage,), handler=(stage,))


def forget(stage: str, partition: int) -> None:
    """Removes the series of a partition that was lost: another worker shows it now."""
    for gauge in (LAG, HANDLED, STABLE_LAG, OLDEST, TIMERS, PARKED, EFFECTS):
        with suppress(KeyError):  # a partition that never came to work has none
            gauge.remove(stage, str(partition))
