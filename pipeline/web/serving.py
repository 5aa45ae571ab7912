"""The page in motion: its two views of Kafka, plans that are read again when they change, and the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI

from pipeline.bystander import EXIT_FATAL, Watch, health_pages
from pipeline.cases.catalogue import Catalogue
from pipeline.plan_watch import PlanWatch
from pipeline.plans.reload import PlanBook
from pipeline.routing.level import level, louder
from pipeline.settings import Settings
from pipeline.web.app import Desk, create
from pipeline.web.caselog import CaseLog
from pipeline.web.intake import KafkaIntake
from pipeline.web.links import Links, own_url
from pipeline.web.lookout import keep_looking
from pipeline.web.metrics import PAGE
from schemas.alert import Level
from schemas.case import CaseRecord

log = structlog.get_logger("pipeline.web")
GRACE_S = 15  # above the budget of one act: who has pressed the button gets an answer


def application(settings: Settings, health_port: int, give_up: Callable[[], None]) -> FastAPI:
    """Returns the application of this installation, with its health pages on a port of their own.

    `give_up` is called when the page can show no case any more for a fault that is not Kafka's. Raises PlanErrors,
    PolicyError or LinkKeysError before it serves.
    """
    book = PlanBook(settings.deploy_dir / "municipalities", production=settings.production)
    catalogue = Catalogue.load(settings.deploy_dir)
    links = Links.of(settings, settings.web_url or own_url(settings.web_port))
    links.check()
    PAGE.zero()
    cases = CaseLog(settings.connection(), settings.topics.cases)
    desk = Desk(
        links=links,
        cases=cases,
        intake=KafkaIntake(settings.connection(), settings.topics),
        plan_of=book.get,
        level_of=lambda case, now: loudest(case, catalogue, now),
        clock=settings.clock,
    )

    @contextlib.asynccontextmanager
    async def in_motion(_: FastAPI) -> AsyncIterator[None]:
        async with cases:
            watch, plans = Watch(), PlanWatch(book, settings.plans_every_s)
            health = await health_pages(watch, settings.health_host, health_port)
            looking = asyncio.create_task(keep_looking(cases, watch))
            looking.add_done_callback(partial(_ended, give_up))
            plans.start()
            try:
                yield
            finally:
                looking.cancel()
                await asyncio.wait({looking})
                await asyncio.to_thread(plans.stop)
                await health.cleanup()

    return create(desk, in_motion)


def _ended(give_up: Callable[[], None], looking: asyncio.Task[None]) -> None:
    if not looking.cancelled() and (error := looking.exception()) is not None:
        log.critical("the cases cannot be followed any more", error=str(error), kind=type(error).__name__)
        give_up()


def serve(settings: Settings, health_port: int) -> int:
    """Serves the page until TERM or INT. Logs go through the process's own; no line ever names a path.

    Returns 0 after a clean stop, 70 when it cannot go on, or did not come up: a supervisor starts it again.
    """
    failed = asyncio.Event()

    def give_up() -> None:
        failed.set()
        server.should_exit = True

    config = uvicorn.Config(
        application(settings, health_port, give_up),
        host=settings.web_host,
        port=settings.web_port,
        access_log=False,  # a path holds a link
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    server.run()
    return EXIT_FATAL if failed.is_set() or not server.started else 0


def loudest(case: CaseRecord, catalogue: Catalogue, now: datetime) -> Level | None:
    """Returns how loudly the case's loudest demand is brought to people at `now`; None if nothing is demanded."""
    found: Level | None = None
    for demand in case.demands:
        clock = next((one for one in case.clocks if one.policy == demand.clock), case.clocks[0])
        policy = next((one for one in catalogue.policies if one.hash == clock.policy_hash), None)
        if policy is None:  # this installation lacks a released file: the workers refuse to start, the page says less
            continue
        one = level(case, demand, policy, now)
        found = one if found is None or louder(one, found) else found
    return found
