"""Which stages each role hosts. A slow mail server must never stand in front of a clock: two workers, two processes."""

from collections.abc import Callable, Mapping, Sequence

import structlog
from prometheus_client import REGISTRY

from agents.carriers import site_of
from agents.casework import casework
from agents.context import Context
from agents.delivery import delivery
from agents.intake import intake
from agents.portfolio import Portfolio
from agents.routing import routing
from pipeline import metrics
from pipeline.delivery.channels.readiness import unready
from pipeline.engine import Stage, WorkerSettings, run_worker
from pipeline.kafka.connection import Connection
from pipeline.plan_watch import PlanWatch
from pipeline.plans.reload import PlanBook
from pipeline.roles import HEALTH_PORTS
from pipeline.settings import Settings
from pipeline.tracing import export

log = structlog.get_logger("agents")
ALERTING = "alerting"


def _casework(context: Context, _settings: Settings) -> Sequence[Stage]:
    cases = casework(context)
    portfolio = Portfolio(context.clock, context.plans, context.policy)
    cases.follow(portfolio)
    REGISTRY.register(portfolio)
    return (intake(context), cases)


def _alerting(context: Context, settings: Settings) -> Sequence[Stage]:
    return (routing(context), delivery(context, settings))


STAGES: Mapping[str, Callable[[Context, Settings], Sequence[Stage]]] = {"casework": _casework, ALERTING: _alerting}


def run(
    role: str, context: Context, book: PlanBook, connection: Connection, settings: Settings, health_port: int | None
) -> int:
    """Runs one worker until TERM or INT; returns its exit status (0 clean, 70 to be restarted).

    `book` are the context's plans: they are read again when their files change.
    """
    stages = STAGES[role](context, settings)

    def look_at_plans(plans: PlanBook) -> None:
        people = (person for plan in plans.values() for person in plan.delivery.people.values())
        metrics.initialise(role, plans, {channel.name for person in people for channel in person.channels})
        if role == ALERTING:
            for problem in unready(plans, site_of(context, settings), context.clock.datetime()):
                log.error("a channel of the contact plans cannot be used here", problem=str(problem))

    look_at_plans(book)
    PlanWatch(book, settings.plans_every_s, look_at_plans).start()
    metrics.CLOCK.set_function(context.clock.now)
    metrics.PAGE_LINKED.set(role == ALERTING and settings.web_url is not None)
    port = health_port if health_port is not None else settings.health_port or HEALTH_PORTS[role]
    stop_export = export.start(role)
    try:
        return run_worker(
            stages,
            connection,
            context.clock,
            WorkerSettings(health_host=settings.health_host, health_port=port),
        )
    finally:
        stop_export()
