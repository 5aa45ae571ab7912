"""Latency of the real pipeline: from the reports topic through intake, casework and routing to the alerts topic."""

import asyncio
import tempfile
from pathlib import Path

import orjson

from pipeline.kafka.connection import Connection
from tests.agents.events import case, report
from tests.agents.installing import installation
from tests.agents.running import STRUCTURED, Running
from tests.bench.latency import Arrivals, Delays, ends, measure

NAME = "the pipeline, reports to alerts"


def of_pipeline(bootstrap: str, per_s: float, seconds: float, name: str = NAME) -> Delays:
    """Runs both workers as they are deployed, in real time on a working morning, and measures the first alert of each
    case: validation, severity, the 72-hour clock and the contact plan lie on the way, over three transactions."""
    with (
        tempfile.TemporaryDirectory(prefix="brudvagt-bench-") as directory,
        installation(Connection(servers=(bootstrap,)), Path(directory), speed=1.0) as running,
    ):
        return asyncio.run(_measured(running, bootstrap, per_s, seconds, name))


async def _measured(running: Running, bootstrap: str, per_s: float, seconds: float, name: str) -> Delays:
    references: dict[str, int] = {}
    async with ends(bootstrap, running.topics.alerts) as (producer, consumer):

        async def post(number: int) -> None:
            references[case(f"bench-{number}")] = number
            event = report(f"bench-{number}")
            await producer.send(running.topics.reports, event, headers=list(STRUCTURED))

        arrivals = Arrivals(consumer, lambda value: references.get(orjson.loads(value)["reference"]))
        watching = asyncio.create_task(arrivals.watch())
        try:
            return await measure(name, post, arrivals, per_s, seconds)
        finally:
            watching.cancel()
