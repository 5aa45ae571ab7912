"""Which stages each role hosts. A slow mail server must never stand in front of a clock: two workers, two processes."""

from collections.abc import Callable, Mapping, Sequence

from agents.casework import casework
from agents.context import Context
from agents.delivery import delivery
from agents.intake import intake
from agents.routing import routing
from pipeline import metrics
from pipeline.engine import Stage, WorkerSettings, run_worker
from pipeline.kafka.connection import Connection
from pipeline.settings import Settings

HEALTH_PORTS: Mapping[str, int] = {"casework": 9201, "alerting": 9202}


def _casework(context: Context, _settings: Settings) -> Sequence[Stage]:
    return (intake(context), casework(context))


def _alerting(context: Context, settings: Settings) -> Sequence[Stage]:
    return (routing(context), delivery(context, settings))


STAGES: Mapping[str, Callable[[Context, Settings], Sequence[Stage]]] = {"casework": _casework, "alerting": _alerting}


def run(role: str, context: Context, connection: Connection, settings: Settings, health_port: int | None) -> int:
    """Runs one worker until TERM or INT; returns its exit status (0 clean, 70 to be restarted)."""
    stages = STAGES[role](context, settings)
    people = (person for plan in context.plans.values() for person in plan.delivery.people.values())
    metrics.initialise(context.plans, {channel.name for person in people for channel in person.channels})
    metrics.CLOCK.set_function(context.clock.now)
    for stage in stages:
        if stage.table == context.topics.cases:
            metrics.observe_cases(stage, context.clock, context.plans)
    port = health_port if health_port is not None else settings.health_port or HEALTH_PORTS[role]
    return run_worker(
        stages,
        connection,
        context.clock,
        WorkerSettings(health_host=settings.health_host, health_port=port),
    )
