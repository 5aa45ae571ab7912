"""What the heartbeat measures. Real seconds, also where the clock is sped up: an alarm's wires know no shown time."""

from typing import Final

from pipeline.heartbeat.book import State, Step
from pipeline.measure import Label, Section

_STEP: Final = Label("step", tuple(Step))
_BUCKETS: Final = (1.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)

HEARTBEAT: Final = Section("Heartbeat")
LAST_SUCCESS: Final = HEARTBEAT.gauge(
    "brudvagt_heartbeat_last_success_timestamp_seconds",
    "When a beat last came all the way to its acknowledgement; 0 until one has.",
)
INTERVAL: Final = HEARTBEAT.gauge("brudvagt_heartbeat_interval_seconds", "How often the heart is to beat.")
DURATION: Final = HEARTBEAT.histogram(
    "brudvagt_heartbeat_duration_seconds",
    "From the ingress topic to the acknowledgement in the case; two seconds of it are the rung's own.",
    buckets=_BUCKETS,
)
BEATS: Final = HEARTBEAT.counter(
    "brudvagt_heartbeats_total", "Beats by what became of them.", Label("state", tuple(State))
)
STEP_SECONDS: Final = HEARTBEAT.gauge(
    "brudvagt_heartbeat_step_seconds", "How long after sending the latest beat came to each step.", _STEP
)
STEP_AT: Final = HEARTBEAT.gauge(
    "brudvagt_heartbeat_step_timestamp_seconds",
    "When a beat last came to each step: the first stale one is broken.",
    _STEP,
)
OUTSTANDING: Final = HEARTBEAT.gauge("brudvagt_heartbeat_outstanding", "Beats under way.")
