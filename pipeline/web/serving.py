"""The page in motion: its two views of Kafka, plans that are read again when they change, and the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import uvicorn
from fastapi import FastAPI

from pipeline.cases.catalogue import Catalogue
from pipeline.plan_watch import PlanWatch
from pipeline.plans.reload import PlanBook
from pipeline.routing.level import level, louder
from pipeline.settings import Settings
from pipeline.web.app import Desk, create
from pipeline.web.caselog import CaseLog
from pipeline.web.intake import KafkaIntake
from pipeline.web.links import Links, own_url
from schemas.alert import Level
from schemas.case import CaseRecord

GRACE_S = 15  # above the budget of one act: who has pressed the button gets an answer


def application(settings: Settings) -> FastAPI:
    """Returns the application of this installation. Raises PlanErrors, PolicyError or LinkKeysError before it serves."""
    book = PlanBook(settings.deploy_dir / "municipalities", production=settings.production)
    catalogue = Catalogue.load(settings.deploy_dir)
    links = Links.of(settings, settings.web_url or own_url(settings.web_port))
    links.check()
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
            watch = PlanWatch(book, settings.plans_every_s)
            watch.start()
            try:
                yield
            finally:
                await asyncio.to_thread(watch.stop)

    return create(desk, in_motion)


def serve(settings: Settings) -> None:
    """Serves the page until TERM or INT. Logs go through the process's own; no line ever names a path."""
    uvicorn.run(
        application(settings),
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
